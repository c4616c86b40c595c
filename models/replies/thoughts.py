"""Thoughts and words of a reply, told apart while its text arrives.

Reasoning models write their thoughts into the text of a reply, between markers of their family. What
counts as thoughts:

- a block at the beginning of a reply, or right after another block;
- later blocks of a kind that the reply began with, where they begin a line or follow a sentence;
- everything before a closing marker that was never opened (the chat template opened it);
- a block that was never closed: all of it, for the model did not come to its reply;
- in OpenAI's harmony format (gpt-oss), every channel but `final`, with its special tokens or without.

A marker inside a code block, in backticks or between quotation marks is a mention and stays in the text,
and so does a block in the middle of a reply that did not begin with one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ...core.errors import InvalidConfig


@dataclass(frozen=True, slots=True)
class ThoughtFormat:
    """How a model marks its thoughts: the text that opens and the text that closes them.

    `opened` says that the chat template writes the opening marker, so that replies begin with thoughts.
    """

    opening: str = "<think>"
    closing: str = "</think>"
    opened: bool = False

    def __post_init__(self) -> None:
        if not self.opening.strip() or not self.closing.strip():
            raise InvalidConfig("a thought format needs an opening and a closing marker")

    @classmethod
    def of(cls, text: str) -> ThoughtFormat:
        """From "OPENING CLOSING", for example "<reason> </reason>". Raises InvalidConfig for other text."""
        markers = text.split()
        if len(markers) != 2:
            raise InvalidConfig(
                f"a thought format is an opening and a closing marker with a space between, not {text!r}"
            )
        return cls(markers[0], markers[1])


MARKERS = (
    ("[THINK]", "[/THINK]"),  # Mistral: Magistral, Ministral
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),  # Kimi K3
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere Command
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # Sky-T1, OpenThinker
    ("<|think:start|>", "<|think:end|>"),  # Solar
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("<|channel>thought", "<channel|>"),  # Gemma 4
    ("<unused94>thought", "<unused95>"),  # MedGemma
    ("[unused16]", "[unused17]"),  # openPangu
    ("Here is my thought process:", "Here is my response:"),  # Granite 3.2
    ("Here's my thought process:", "Here's my response:"),
)
"""Markers of known model families. Those in angle brackets are in `TAGS`."""

TAGS = (
    "think",  # DeepSeek-R1, Qwen3, QwQ, GLM, Nemotron, Phi, Hunyuan, Granite 3.3, MiniMax, SmolLM3 ...
    "thinking",
    "thought",  # EXAONE Deep, Gemini, Marco-o1
    "thoughts",
    "reasoning",
    "reflection",
    "scratchpad",
    "reasoning_scratchpad",
    "chain_of_thought",
    "antthinking",
    "seed:think",  # Seed-OSS
    "mm:think",  # MiniMax M3
    "longcat_think",  # LongCat
)
"""Names of tags that enclose thoughts, in any case, with attributes or without."""

_HARMONY = "harmony"
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_SENTENCE_ENDS = ".!?\u2026\u3002\uff01\uff1f"
_LONGEST = 300
"""No marker is longer, attributes included."""

Kind = Literal["text", "thought", "space", "marker", "maybe thought", "maybe marker"]
"""Of a segment. "space": white space before the first word, or between a block and what follows it.
"maybe ...": of a block that counts only once it is closed."""


@dataclass(slots=True)
class Segment:
    """A part of the text of a reply; `start` is its place there."""

    kind: Kind
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class _Markers:
    """The markers of all formats that are looked for, compiled."""

    pattern: re.Pattern[str]
    formats: dict[str, tuple[str, bool]]
    """By marker in lower case: its format, named by the closing marker, and whether the marker opens."""
    beginnings: frozenset[str]
    """Every proper beginning of a marker, in lower case."""


@cache
def _markers(extra: ThoughtFormat | None) -> _Markers:
    pairs = [*MARKERS, *((f"<{name}>", f"</{name}>") for name in TAGS)]
    if extra is not None:
        pairs.append((extra.opening, extra.closing))
    formats: dict[str, tuple[str, bool]] = {}
    for opening, closing in pairs:
        formats.setdefault(opening.lower(), (closing.lower(), True))
        formats.setdefault(closing.lower(), (closing.lower(), False))
    literals = sorted(map(re.escape, formats), key=len, reverse=True)
    names = "|".join(sorted(TAGS, key=len, reverse=True))
    pattern = rf"""
          (?P<code>\n+|`{{1,200}})
        | (?P<header>(?:<\|start\|>\s{{0,4}}\w{{0,20}}\s{{0,4}})?
            <\|channel\|>\s{{0,4}}(?P<channel>\w{{1,20}})[^<]{{0,120}}
            (?:<\|constrain\|>[^<]{{0,40}})?<\|message\|>)
        | (?P<bare>(?:assistant)?(?P<named>analysis|commentary|final)<\|message\|>)
        | (?P<end><\|(?:end|return|call)\|>)
        | (?P<final>(?-i:assistantfinal))
        | (?P<tag><(?P<slash>/?)(?P<name>{names})(?:\s[^<>]{{0,200}})?>)
        | (?P<literal>{"|".join(literals)})
    """
    fixed = [*formats, "<|end|>", "<|return|>", "<|call|>", "assistantfinal"]
    fixed += [
        f"{role}{channel}<|message|>"
        for role in ("", "assistant")
        for channel in ("analysis", "commentary", "final")
    ]
    return _Markers(
        re.compile(pattern, re.VERBOSE | re.IGNORECASE),
        formats,
        frozenset(text[:size] for text in fixed for size in range(1, len(text))),
    )


_UNFINISHED = re.compile(rf"</?(?:{'|'.join(TAGS)})\s[^<>]*$|<\|\w*\|?$", re.IGNORECASE)
"""A marker of variable length at the end of a text that may go on."""

_HARMONY_BEGINNING = re.compile(
    r"\s*(?:(?:assistant)?(?P<channel>analysis|commentary|final)<\|message\|>"
    r"|(?P<final>assistantfinal)"
    r"|(?:assistant)?analysis(?P<sure>(?=[A-Z]\w{0,20}[ ,]{1,2}[a-z]))?(?=\w))"
)
"""How a harmony reply begins whose first special tokens, or all of them, were cut out. `sure`: no other
text begins like this ("analysisWe need ...")."""
_BEGINNING = 64
"""So many characters decide how a reply begins."""


class ThoughtSplitter:
    """Takes the text of one reply in pieces of any size; `segments` is what it consists of.

    What is text and what are thoughts does not depend on how the reply was cut into pieces. Linear in its
    length. `extra` is a format to be looked for beside the known ones.
    """

    def __init__(self, extra: ThoughtFormat | None = None) -> None:
        self.segments: list[Segment] = []
        self.closed_unopened = False
        self._markers = _markers(extra)
        self._opened = extra is not None and extra.opened
        self._rest = ""  # what was not read yet ...
        self._at = 0  # ... its place ...
        self._before = ""  # ... and the character before it
        self._begun = False  # whether the beginning of the reply was looked at
        self._fresh = True  # only white space since the beginning, or since a block
        self._inside = ""  # the format of the open block, "" outside
        self._certain = True  # whether the open block counts even if nothing closes it
        self._block = 0  # the first segment of the open block
        self._settled = 0  # the segments before it are not text any more
        self._used: set[str] = set()  # formats of the blocks so far
        self._mentioned: set[str] = set()  # formats opened in this text without being a block
        self._line = ""  # the last characters of the line of text
        self._ticks = False  # inside `code`
        self._fenced = False  # inside a code block
        self._lone: tuple[str, int] | None = None  # a closing marker inside one, and its segment
        self._ticked: tuple[str, int] | None = None  # the same inside `code` of this line

    @property
    def marked(self) -> bool:
        """Whether there was any marker of thoughts."""
        return bool(self._used)

    def feed(self, text: str) -> None:
        """Take the next piece."""
        self._rest += text
        readable = self._readable()
        if readable >= 64 or (readable and len(self._rest) < _LONGEST):
            self._read(readable, final=False)

    def finish(self, *, cut: bool) -> None:
        """Take the end of the text; `cut` says that the model was stopped at its cap."""
        self._read(len(self._rest), final=True)
        if self._inside and not self._certain:
            self._settle_block(thought=cut and self._inside != _HARMONY)
        elif self._opened and cut and not self._used:
            self._all_was_thought()
        elif self._lone is not None and self._fenced and not self._used:
            self._close_in_open_code(*self._lone)
        else:
            self._end_line()

    def _end_line(self) -> None:
        """A line ends: a backtick that it leaves open began no code."""
        if self._ticked is not None and self._ticks and not self._used:
            self._close_in_open_code(*self._ticked)
        self._line, self._ticks, self._ticked = "", False, None

    def _close_in_open_code(self, format: str, place: int) -> None:
        """A closing marker in code that never ends closes thoughts which left that code open."""
        for segment in self.segments[:place]:
            if segment.kind == "text":
                segment.kind = "thought"
        self.segments[place].kind = "marker"
        self._used.add(format)
        self.closed_unopened = True

    def _readable(self) -> int:
        """How much of the rest can be read without knowing what follows."""
        if not self._begun and self._may_begin():
            return 0
        tail = self._rest[-_LONGEST:]
        size = len(tail) - 1  # the character after a marker shows whether it is a mention
        if found := _UNFINISHED.search(tail):
            size = min(size, found.start())
        after_header = tail.rfind("<|message|>") + 1
        for beginning in ("<|start|>", "<|channel|>"):
            if (place := tail.find(beginning, after_header)) >= 0:
                size = min(size, place)
        lower = tail.lower()
        for length in range(min(40, len(lower)), 0, -1):
            if lower[-length:] in self._markers.beginnings:
                size = min(size, len(tail) - length)
                break
        if tail.endswith("`"):
            size = min(size, len(tail.rstrip("`")))
        return max(0, len(self._rest) - len(tail) + size)

    def _may_begin(self) -> bool:
        """Whether the reply may yet turn out to begin as `_HARMONY_BEGINNING` says."""
        word = self._rest.lstrip()[:_BEGINNING]
        if len(word) == _BEGINNING:
            return False
        names = ("assistant", "analysis", "commentary", "final")
        return any(word.startswith(name[: len(word)]) for name in names)

    def _read(self, readable: int, *, final: bool) -> None:
        position = 0
        if not self._begun and (readable or final):
            position = self._beginning()
        for found in self._markers.pattern.finditer(self._rest, position):
            start, end = found.span()
            if start >= readable or (end == len(self._rest) and not final):
                readable = min(readable, start)
                break
            self._words(position, start)
            self._marker(found)
            position = end
        self._words(position, readable)
        position = max(position, readable)
        self._before = self._rest[position - 1 : position] or self._before
        self._at += position
        self._rest = self._rest[position:]

    def _beginning(self) -> int:
        """Look for a harmony reply without its first special tokens; the size of what marks it."""
        self._begun = True
        found = _HARMONY_BEGINNING.match(self._rest)
        if found is None:
            return 0
        words = found["channel"] == "final" or found["final"]
        if not words:
            certain = bool(found["channel"]) or found["sure"] is not None
            self._open(_HARMONY, 0, found.end(), certain=certain)
        else:
            self._close(_HARMONY, 0, found.end())
        return found.end()

    def _marker(self, found: re.Match[str]) -> None:
        start, end = found.span()
        if found["code"]:
            self._code(found["code"])
            self._put_words(start, end)
        elif found["header"]:
            self._header(found["channel"].lower(), start, end)
        elif found["bare"]:
            if _HARMONY in self._used and (self._fresh or self._inside):
                self._header(found["named"].lower(), start, end)
            else:
                self._words(start, end)
        elif found["end"]:
            self._end_of_message(start, end)
        elif found["final"]:
            if self._inside == _HARMONY:
                self._close(_HARMONY, start, end)
            else:
                self._words(start, end)
        else:
            tag = f"<{found['slash']}{found['name']}>" if found["tag"] else found["literal"]
            format, opens = self._markers.formats[tag.lower()]
            (self._opening if opens else self._closing)(format, start, end)

    def _header(self, channel: str, start: int, end: int) -> None:
        """A harmony channel begins."""
        if self._inside not in ("", _HARMONY) or self._is_mention(start, end):
            return self._words(start, end)
        if channel != "final":
            self._drop_role()
            return self._open(_HARMONY, start, end)
        if not self._inside:
            self._all_was_thought()
        self._close(_HARMONY, start, end)

    def _drop_role(self) -> None:
        """A lone "assistant" before a channel is a role whose special token was cut out."""
        if self.segments and self.segments[-1].text.strip() == "assistant":
            self.segments[-1].kind = "marker"

    def _end_of_message(self, start: int, end: int) -> None:
        """A harmony message ends: the one of a channel, or the reply itself."""
        if _HARMONY not in self._used or self._inside not in ("", _HARMONY):
            return self._words(start, end)
        if self._inside:
            return self._close(_HARMONY, start, end)
        self._put("marker", start, end)

    def _opening(self, format: str, start: int, end: int) -> None:
        if self._inside:
            repeated = self._inside == format and self._fresh
            return self._put("marker", start, end) if repeated else self._words(start, end)
        if self._fresh:
            return self._open(format, start, end)
        if format in self._used and self._begins() and not self._is_mention(start, end):
            return self._open(format, start, end, certain=False)
        self._mentioned.add(format)
        self._words(start, end)

    def _closing(self, format: str, start: int, end: int) -> None:
        if self._inside:
            inside = self._inside == format
            return self._close(format, start, end) if inside else self._words(start, end)
        if format[0].isalnum():  # a phrase closes only what it opened
            return self._words(start, end)
        if not self._fresh:
            if format in self._mentioned or self._is_mention(start, end):
                if self._fenced and format not in self._mentioned:
                    self._lone = (format, len(self.segments))
                elif self._ticks and format not in self._mentioned:
                    self._ticked = (format, len(self.segments))
                return self._words(start, end)
            self.closed_unopened = True
            self._all_was_thought()
        self._close(format, start, end)

    def _open(self, format: str, start: int, end: int, *, certain: bool = True) -> None:
        """A block begins behind the marker."""
        self._inside, self._certain = format, certain
        self._used.add(format)
        self._block = len(self.segments)
        self._put("marker" if certain else "maybe marker", start, end)
        self._fresh = True

    def _close(self, format: str, start: int, end: int) -> None:
        """The open block, if there is one, ends before the marker; what follows it is text."""
        if self._inside and not self._certain:
            self._settle_block(thought=True)
        self._used.add(format)
        self._put("marker", start, end)
        self._inside, self._certain, self._fresh = "", True, True
        self._line, self._ticks, self._fenced = "", False, False
        self._mentioned.clear()

    def _settle_block(self, *, thought: bool) -> None:
        for segment in self.segments[self._block :]:
            if segment.kind == "maybe thought":
                segment.kind = "thought" if thought else "text"
            elif segment.kind == "maybe marker":
                segment.kind = "marker" if thought else "text"

    def _all_was_thought(self) -> None:
        for segment in self.segments[self._settled :]:
            if segment.kind == "text":
                segment.kind = "thought"
        self._settled = len(self.segments)

    def _begins(self) -> bool:
        """Whether a line of text begins here, or a sentence ended."""
        before = self._line.rstrip()
        return not before or before[-1] in _SENTENCE_ENDS

    def _is_mention(self, start: int, end: int) -> bool:
        """Whether a marker outside of a block is inside code or between quotation marks."""
        if self._inside:
            return False
        before = self._rest[start - 1 : start] or self._before
        after = self._rest[end : end + 1]
        quoted = bool(before and after) and before in _QUOTES and after in _QUOTES
        return self._ticks or self._fenced or quoted

    def _code(self, text: str) -> None:
        """Follow a line break or a run of backticks in the words."""
        if self._inside:
            return
        if text.startswith("\n"):
            self._end_line()
        elif len(text) >= 3 and not self._line.strip():
            self._fenced = not self._fenced
        else:
            self._ticks, self._ticked = not self._ticks, None
            self._line = "`"

    def _words(self, start: int, end: int) -> None:
        """Text inside a block or outside, without line breaks and backticks that count."""
        if start < end:
            self._line = (self._line + self._rest[max(start, end - 8) : end])[-8:]
            self._put_words(start, end)

    def _put_words(self, start: int, end: int) -> None:
        if self._inside:
            self._fresh = self._fresh and not self._rest[start:end].strip()
            return self._put("thought" if self._certain else "maybe thought", start, end)
        if self._fresh:
            first = end - len(self._rest[start:end].lstrip())
            self._put("space", start, first)
            self._fresh, start = first == end, first
        self._put("text", start, end)

    def _put(self, kind: Kind, start: int, end: int) -> None:
        if start < end:
            self.segments.append(Segment(kind, self._rest[start:end], self._at + start))
