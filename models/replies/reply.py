"""What a reply says, whatever the model: thoughts and words apart, nothing in them that is not text.

Every reply of every endpoint goes through `read_choice`, and every streamed piece through `LiveReply`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core.errors import EmptyReply, ModelError, ReplyFiltered, ReplyRefused, UnexpectedToolCall
from ...core.text.clean import clean
from ..request import Choice, Token
from .thoughts import Segment, ThoughtFormat, ThoughtSplitter

HELD = 240
"""Characters of a streamed text that are held back, since a closing marker may yet make thoughts of them."""

_WRAPPERS = (
    *(
        (f"<{name}>", f"</{name}>")
        for name in (
            "answer",
            "response",
            "output",
            "final_answer",
            "final",
            "solution",
            "conclusion",
        )
    ),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
)
"""What models put around the words that follow their thoughts."""

_ENDS = (
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|return|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "<end_of_turn>",
    "<turn|>",
    "[|endofturn|]",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<|close|>message<|sep|>",
)
"""Special tokens with which a turn ends; some servers leave them in the text."""

_HALF = re.compile(r"(?:[\ud800-\udbff]|\r|[\x1b\x9b][^\x1b\x9b]{0,63})\Z")
"""The beginning of what must be seen whole to be cleaned."""

_opened_by_template: set[str] = set()
"""Models whose thoughts were once closed without having been opened."""


def read_choice(choice: Choice, format: ThoughtFormat | None = None, *, model: str = "") -> Choice:
    """The sample with its thoughts in `reasoning` and only words in `text`.

    `choice.text` is the text as the endpoint sent it, `choice.reasoning` the thoughts that it sent apart.
    `format` is looked for beside the known formats. `model` is remembered if its chat template opens its
    thoughts. Linear in the length of the reply.
    """
    raw, apart = clean(choice.text), clean(choice.reasoning).strip()
    splitter = ThoughtSplitter(None if apart and format and format.opened else format)
    splitter.feed(raw)
    splitter.finish(cut=choice.finish == "length")
    if splitter.closed_unopened and model:
        _opened_by_template.add(model)
    blocks = (block[slice(*_bounds(block))] for block in _blocks(splitter.segments))
    thoughts = list(dict.fromkeys(filter(None, [apart, *blocks])))
    marked = splitter.marked or bool(thoughts)
    kept = [s for s in splitter.segments if s.kind == "text" or (s.kind == "space" and not marked)]
    text = "".join(segment.text for segment in kept)
    first, last = _bounds(text)
    if marked:
        first, last = _unwrapped(text, last, cut=choice.finish == "length")
    tokens = choice.tokens
    if marked and tokens:
        tokens = _tokens_of(tokens, raw, _places(kept, first, last))
    return replace(choice, text=text[first:last], reasoning="\n\n".join(thoughts), tokens=tokens)


def without_thoughts(text: str) -> str:
    """The words of a reply that has ended by itself."""
    return read_choice(Choice(text)).text


def thought_format() -> ThoughtFormat | None:
    """The format that METATHINK_THOUGHTS names, for models of an unknown family; None where it is not set.

    Raises InvalidConfig for a value that is no format.
    """
    named = os.environ.get("METATHINK_THOUGHTS", "").strip()
    return ThoughtFormat.of(named) if named else None


def unusable(choice: Choice, model: str, cap: int | None) -> ModelError | None:
    """Why nobody can use the sample; None for one that has words and came to its end, or to its cap.

    `cap` is the limit in tokens it was given.
    """
    if choice.finish == "content_filter":
        return ReplyFiltered(f"the provider's content filter stopped {model}", choice.text)
    if choice.text.strip():
        return None
    if choice.refusal or choice.finish == "refusal":
        return ReplyRefused(f"{model} refused: {choice.refusal or 'without a reason'}")
    if choice.tool_calls or choice.finish == "tool_calls":
        names = ", ".join(choice.tool_calls) or "a tool"
        return UnexpectedToolCall(f"{model} called {names} instead of replying, but has no tools")
    if choice.finish == "length":
        limit = f"the cap of {cap} tokens" if cap else "the limit of tokens"
        spent = "on reasoning" if choice.reasoning else "before the first word"
        return EmptyReply(f"{model} said nothing: {limit} was spent {spent}; raise max_tokens")
    if choice.reasoning:
        return EmptyReply(f"{model} said nothing: its reply is reasoning only")
    return EmptyReply(f"{model} said nothing")


class LiveReply:
    """One reply while its pieces arrive: `tell(piece, thought)` is called with what is certain by then.

    Words are held back while they may turn out to be thoughts: the first `HELD` characters of a text, and
    all of it from a model whose chat template opens the thoughts, until they are closed. Of a model that is
    not known to do so, whose first reply closes longer thoughts it never opened, a part of these thoughts
    is told as words; later replies are told right, and the reply itself is read right in any case.
    """

    def __init__(
        self,
        tell: Callable[[str, bool], None],
        format: ThoughtFormat | None = None,
        *,
        model: str = "",
    ) -> None:
        self._tell = tell
        self._splitter = ThoughtSplitter(format)
        self._opened = model in _opened_by_template or (format is not None and format.opened)
        self._half = ""
        self._told = 0  # segments
        self._flowing = False  # enough of the current text has come

    def words(self, piece: str) -> None:
        """Take the next piece of the text."""
        text = self._half + piece
        half = _HALF.search(text, max(0, len(text) - 64))
        whole = text[: half.start()] if half else text
        self._half = text[len(whole) :]
        self._splitter.feed(clean(whole))
        self._tell_certain(finished=False)

    def thoughts(self, piece: str) -> None:
        """Take the next piece of the thoughts that the endpoint sends apart."""
        self._opened = False
        if piece := clean(piece):
            self._tell(piece, True)

    def finish(self, *, cut: bool) -> None:
        """The reply has ended, at its cap if it was `cut`."""
        self._splitter.feed(clean(self._half))
        self._splitter.finish(cut=cut)
        self._tell_certain(finished=True)

    def _tell_certain(self, *, finished: bool) -> None:
        segments = self._splitter.segments
        while self._told < len(segments):
            segment = segments[self._told]
            if segment.kind == "text" and not finished and not self._certain():
                return
            if segment.kind.startswith("maybe"):
                return
            if segment.kind == "marker":
                self._flowing = False
            elif segment.kind != "space":
                self._tell(segment.text, segment.kind == "thought")
            self._told += 1

    def _certain(self) -> bool:
        """Whether the text that comes next can be told."""
        if not self._flowing and not (self._opened and not self._splitter.marked):
            waiting = self._splitter.segments[self._told :]
            self._flowing = sum(len(s.text) for s in waiting if s.kind == "text") >= HELD
        return self._flowing


def _blocks(segments: Sequence[Segment]) -> list[str]:
    """The thoughts, block by block."""
    blocks: list[str] = []
    parts: list[str] = []
    for segment in segments:
        if segment.kind == "thought":
            parts.append(segment.text)
        elif parts and segment.kind == "marker":
            blocks.append("".join(parts).strip())
            parts = []
    return [*blocks, "".join(parts).strip()]


def _bounds(text: str) -> tuple[int, int]:
    """From where to where the words reach, without the special tokens at their end."""
    last = len(text)
    while True:
        size = len(text[max(0, last - 40) : last].rstrip())
        end = max(0, last - 40) + size
        ending = next((e for e in _ENDS if text.endswith(e, 0, end)), None)
        if ending is None:
            return 0, last
        last = end - len(ending)


def _unwrapped(text: str, last: int, *, cut: bool) -> tuple[int, int]:
    """The bounds of what follows thoughts, without white space and what wraps it."""
    first, last = _stripped(text, 0, last)
    for opening, closing in _WRAPPERS:
        inner, end = first + len(opening), last - len(closing)
        if text[first:inner].lower() != opening.lower() or inner > last:
            continue
        if inner <= end and text[end:last].lower() == closing.lower():
            return _stripped(text, inner, end)
        if cut and closing.lower() not in text.lower():
            return _stripped(text, inner, last)
    return first, last


def _stripped(text: str, first: int, last: int) -> tuple[int, int]:
    part = text[first:last]
    first += len(part) - len(part.lstrip())
    return first, first + len(part.strip())


def _places(kept: Sequence[Segment], first: int, last: int) -> list[tuple[int, int]]:
    """Where in the text of the endpoint the words are; `first` and `last` bound them in the kept text."""
    places, at = [], 0
    for segment in kept:
        begin, end = max(first - at, 0), min(last - at, len(segment.text))
        if begin < end:
            places.append((segment.start + begin, segment.start + end))
        at += len(segment.text)
    return places


def _tokens_of(
    tokens: Sequence[Token], raw: str, places: Sequence[tuple[int, int]]
) -> tuple[Token, ...]:
    """The tokens of the words; none where it cannot be said which they are.

    Servers that send the thoughts apart report the tokens of both, so the text is looked for at the end.
    """
    texts = [clean(token.text) for token in tokens]
    joined = "".join(texts)
    shift = 0
    if joined != raw:
        bare = raw.strip()
        from_end = joined[::-1].find(bare[::-1]) if bare else -1
        if from_end < 0:
            return ()
        shift = len(joined) - from_end - len(bare) - (len(raw) - len(raw.lstrip()))
    found, at, left = [], 0, list(reversed(places))
    for token, text in zip(tokens, texts, strict=True):
        begin, end = at - shift, at + len(text) - shift
        at += len(text)
        while left and left[-1][1] <= begin:
            left.pop()
        if left and begin < end and left[-1][0] < end:
            found.append(token)
    return tuple(found)
