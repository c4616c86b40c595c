"""Replies as models write them: thoughts apart, words whole, whatever they are cut into."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.core.errors import (
    EmptyReply,
    InvalidConfig,
    ReplyFiltered,
    ReplyRefused,
    UnexpectedToolCall,
)
from metathink.models.replies.reply import LiveReply, read_choice, unusable, without_thoughts
from metathink.models.replies.thoughts import MARKERS, TAGS, ThoughtFormat, ThoughtSplitter
from metathink.models.request import Choice, Token

HARMONY = "<|start|>assistant<|channel|>"

THOUGHT: dict[str, tuple[str, str, str]] = {
    "a block": ("<think>\nIs it 8?\n</think>\n\nIt is 9.", "It is 9.", "Is it 8?"),
    "nothing in the block": ("<think>\n\n</think>\n\nIt is 9.", "It is 9.", ""),
    "only the closing tag": ("Is it 8?\n</think>\n\nIt is 9.", "It is 9.", "Is it 8?"),
    "only the closing tag, in a line": ("Is it 8? </think> 9", "9", "Is it 8?"),
    "a closing tag before anything": ("</think>\n\nIt is 9.", "It is 9.", ""),
    "the opening tag twice": ("<think>\n<think>\na</think>b", "b", "a"),
    "the closing tag twice": ("<think>a</think>\n</think>\n\nb", "b", "a"),
    "a second close later on": ("<think>a</think> or b</think>c", "c", "a\n\nor b"),
    "several blocks": ("<think>a</think>\n<think>b</think>\nc", "c", "a\n\nb"),
    "a block between paragraphs": (
        "<think>a</think>One.\n<think>b</think>\nTwo. <think>c</think>Three.",
        "One.\nTwo. Three.",
        "a\n\nb\n\nc",
    ),
    "a block in a block": (
        "<thinking>a<reflection>b</reflection>c</thinking><output>d</output>",
        "d",
        "a<reflection>b</reflection>c",
    ),
    "attributes": ('<think signature="x9">a</think>b', "b", "a"),
    "capitals": ("<Thought>a</Thought>\n<Output>b</Output>", "b", "a"),
    "granite": ("<think>a</think>\n<response>b</response>", "b", "a"),
    "granite in words": ("Here is my thought process: a Here is my response: b", "b", "a"),
    "a solution": (
        "<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>b<|end_of_solution|>",
        "b",
        "a",
    ),
    "harmony": (f"<|channel|>analysis<|message|>a<|end|>{HARMONY}final<|message|>b<|return|>", "b", "a"),
    "harmony, its analysis opened": (f"a<|end|>{HARMONY}final<|message|>b", "b", "a"),
    "harmony with a call": (
        f"{HARMONY}analysis<|message|>a<|end|>{HARMONY}commentary to=functions.f "
        f'<|constrain|>json<|message|>{{}}<|call|>{HARMONY}final <|constrain|>json<|message|>{{"b": 1}}',
        '{"b": 1}',
        "a\n\n{}",
    ),
    "harmony, half of its tokens lost": ("analysis<|message|>a<|end|>assistantfinal<|message|>b", "b", "a"),
    "harmony, all of its tokens lost": ("analysisWe need 9, not 8.assistantfinal9", "9", "We need 9, not 8."),
    "the end of a turn": ("<think>a</think>b<|im_end|>\n<|endoftext|>", "b", "a"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "text", "thoughts"), THOUGHT.values(), ids=THOUGHT)
def test_thoughts_and_words_are_told_apart(said: str, text: str, thoughts: str) -> None:
    read = read_choice(Choice(said))
    assert (read.text, read.reasoning) == (text, thoughts)


@pytest.mark.parametrize(("opening", "closing"), [*MARKERS, *((f"<{t}>", f"</{t}>") for t in TAGS)])
def test_every_known_format(opening: str, closing: str) -> None:
    read = read_choice(Choice(f"{opening}\nIs it 8?{closing}\nIt is 9."))
    assert (read.text, read.reasoning) == ("It is 9.", "Is it 8?")
    cut = read_choice(Choice(f"{opening}\nIs it 8", "length"))
    assert (cut.text, cut.reasoning) == ("", "Is it 8")


WORDS = {
    "no thoughts": "  if x:\n      return 9\n",
    "in backticks": "Write `<think>a</think>` before the answer, and close it with `</think>` again.",
    "in a code block": "So:\n```xml\n<think>\na\n</think>\n```\nThat is all.",
    "between quotes": 'text.split("</think>")[-1]',
    "in the middle": "The format is <think>a</think> and then the answer.",
    "in a document": "<doc><thought>a</thought><reasoning>b</reasoning></doc>",
    "a beginning of a tag": "a <thin",
    "another tag": "<thinker>a</thinker>",
    "a phrase": "Sure. Here is my response: 9",
    "a word that channels begin with": "analysisResult = 9\nprint(analysisResult)",
    "a channel in the middle": "It is called assistantfinal.",
    "an end in the middle": "The token <|end|> ends it.",
}


@pytest.mark.parametrize("said", WORDS.values(), ids=WORDS)
def test_words_stay_as_they_are_written(said: str) -> None:
    read = read_choice(Choice(said))
    assert (read.text, read.reasoning) == (said, "")


def test_a_mention_after_thoughts_stays() -> None:
    said = "<think>a</think>It writes <think>b</think> first.\n```\n<think>c</think>\n```"
    assert without_thoughts(said) == said.removeprefix("<think>a</think>")


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_what_was_never_closed_is_thought(finish: str) -> None:
    read = read_choice(Choice("<think>\nIt may be \\boxed{8}", finish))
    assert (read.text, read.reasoning) == ("", "It may be \\boxed{8}")


def test_thoughts_sent_apart_come_first_and_are_not_told_twice() -> None:
    assert read_choice(Choice("<think>b</think>c", reasoning="a")).reasoning == "a\n\nb"
    assert read_choice(Choice("<think>a</think>c", reasoning="a\n")).reasoning == "a"
    assert read_choice(Choice("c\n", reasoning="a")).text == "c"


def test_a_format_of_ones_own() -> None:
    own = ThoughtFormat("((", "))")
    assert read_choice(Choice("((a)) b"), own).text == "b"
    assert read_choice(Choice("<think>a</think>b"), own).text == "b"
    opened = ThoughtFormat(opened=True)
    assert read_choice(Choice("it may be 8", "length"), opened).text == ""
    assert read_choice(Choice("it is 9"), opened).text == "it is 9"
    assert read_choice(Choice("it is 9", "length", reasoning="a"), opened).text == "it is 9"


def test_a_format_is_named_in_the_environment() -> None:
    assert ThoughtFormat.of(" <hm> </hm> ") == ThoughtFormat("<hm>", "</hm>")
    for text in ("<hm>", "", "a b c"):
        with pytest.raises(InvalidConfig):
            ThoughtFormat.of(text)
    with pytest.raises(InvalidConfig):
        ThoughtFormat("", "</hm>")


def test_terminal_escapes_go_as_a_whole() -> None:
    said = "\x1b]0;title\x07\x1b[1;31m9\x1b[0m \x9b2Jof\x1b]8;;http://a\x1b\\ nine\x00"
    said += "\ud83d\ude00\ud800\r\nok"
    assert without_thoughts(said) == "9 of nine\U0001f600\ufffd\nok"


def test_an_escape_does_not_hide_a_marker() -> None:
    assert without_thoughts("<th\x1b[0mink>a</\x00think>b") == "b"


def tokens(*texts: str) -> tuple[Token, ...]:
    return tuple(Token(text, -float(index + 1)) for index, text in enumerate(texts))


@pytest.mark.parametrize(
    ("said", "apart", "given", "kept"),
    [
        ("It is 9", "", ("It", " is", " 9"), ("It", " is", " 9")),
        ("<think>a</think>\n\n9 9", "", ("<think>", "a", "</think>", "\n\n", "9", " 9"), ("9", " 9")),
        ("a</think>9<|im_end|>", "", ("a", "</th", "ink>", "9", "<|im_end|>"), ("9",)),
        ("\n\n9 9", "9 a", ("9", " a", "</think>", "\n\n", "9", " 9", "<|im_end|>"), ("9", " 9")),
        ("9", "a", ("other", "words"), ()),
        ("é", "a", ("a", "\\xc3", "\\xa9"), ()),
        ("<answer>9</answer>", "a", ("a", "<answer>", "9", "</answer>"), ("9",)),
    ],
)  # fmt: skip
def test_log_probabilities_are_those_of_the_words(
    said: str, apart: str, given: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    read = read_choice(Choice(said, tokens=tokens(*given), reasoning=apart))
    assert tuple(token.text for token in read.tokens) == kept


@pytest.mark.parametrize(
    ("choice", "error", "told"),
    [
        (Choice("", "length", reasoning="hm"), EmptyReply, "the cap of 50 tokens was spent on reasoning"),
        (Choice(" ", "length"), EmptyReply, "spent before the first word"),
        (Choice("", reasoning="hm"), EmptyReply, "reasoning only"),
        (Choice("\n"), EmptyReply, "said nothing"),
        (Choice("", refusal="I must not."), ReplyRefused, "I must not."),
        (Choice("", "refusal"), ReplyRefused, "refused"),
        (Choice("It", "content_filter"), ReplyFiltered, "content filter"),
        (Choice("", "tool_calls", tool_calls=("search",)), UnexpectedToolCall, "search"),
    ],
)  # fmt: skip
def test_why_a_reply_is_of_no_use(choice: Choice, error: type[Exception], told: str) -> None:
    fault = unusable(choice, "m", 50)
    assert type(fault) is error
    assert told in str(fault)


def test_words_that_were_cut_are_of_use() -> None:
    assert unusable(Choice("It is", "length"), "m", 50) is None
    assert unusable(Choice("It is", refusal="partly"), "m", 50) is None


PIECES = st.sampled_from(
    [
        *(marker for pair in MARKERS for marker in pair),
        *(f"<{slash}{tag}>" for tag in TAGS for slash in ("", "/")),
        "<|start|>", "<|channel|>", "analysis", "final", "<|message|>", "<|end|>", "assistant",
        "assistantfinal", "<think ", "a", "b. ", "\n", "\n\n", "`", "```\n", '"', " ", "<", ">", "|",
        "\x1b[", "\ud83d", "\ude00", "<|im_end|>", "<answer>", "</answer>",
    ]
)  # fmt: skip
REPLIES = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=200))


def kinds(splitter: ThoughtSplitter) -> list[tuple[str, str]]:
    """The segments, neighbours of one kind as one."""
    joined: list[tuple[str, str]] = []
    for segment in splitter.segments:
        if joined and joined[-1][0] == segment.kind:
            joined[-1] = (segment.kind, joined[-1][1] + segment.text)
        else:
            joined.append((segment.kind, segment.text))
    return joined


@settings(max_examples=300, deadline=None)
@given(REPLIES, st.lists(st.integers(1, 40)), st.booleans())
def test_a_reply_says_the_same_in_pieces(said: str, sizes: list[int], cut: bool) -> None:
    whole, pieces = ThoughtSplitter(), ThoughtSplitter()
    whole.feed(said)
    left = said
    for size in sizes:
        pieces.feed(left[:size])
        left = left[size:]
    pieces.feed(left)
    for splitter in (whole, pieces):
        splitter.finish(cut=cut)
    assert kinds(pieces) == kinds(whole)
    assert "".join(segment.text for segment in whole.segments) == said


@settings(max_examples=300, deadline=None)
@given(REPLIES, st.integers(1, 40))
def test_no_marked_thought_is_in_the_words(said: str, size: int) -> None:
    reply = f"<think>SECRET{said}</think>\n\nopen"
    assert "SECRET" not in read_choice(Choice(reply)).text
    told: list[str] = []
    live = LiveReply(lambda piece, thought: None if thought else told.append(piece))
    for start in range(0, len(reply), size):
        live.words(reply[start : start + size])
    live.finish(cut=False)
    assert "SECRET" not in "".join(told)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4).map("".join), st.booleans())
def test_a_long_reply_is_read_in_no_time(part: str, cut: bool) -> None:
    said = (part * 100_000)[:100_000]
    begun = time.process_time()
    read_choice(Choice(said, "length" if cut else "stop"))
    assert time.process_time() - begun < 5


def live(*pieces: str, **how: object) -> list[tuple[str, bool]]:
    told: list[tuple[str, bool]] = []
    reply = LiveReply(lambda piece, thought: told.append((piece, thought)), **how)  # type: ignore[arg-type]
    for piece in pieces:
        reply.words(piece)
    reply.finish(cut=False)
    return told


def test_streamed_thoughts_are_told_as_thoughts() -> None:
    told = live("<thi", "nk>Is it", " 8?</th", "ink>\n\nIt", " is 9.")
    assert "".join(piece for piece, thought in told if thought) == "Is it 8?"
    assert "".join(piece for piece, thought in told if not thought) == "It is 9."


def test_thoughts_that_the_template_opened_are_never_told_as_words() -> None:
    told = live("Is it 8? ", "No.</thi", "nk>9")
    assert told[-1] == ("9", False)
    assert all(thought for piece, thought in told[:-1])


def test_a_model_whose_template_opens_thoughts_is_remembered() -> None:
    long = [f"Is it {number}? " for number in range(100)]
    assert not live(*long, model="new")[0][1]
    read_choice(Choice("".join(long) + "</think>9"), model="new")
    told = live(*long, "</think>", "9", model="new")
    assert [piece for piece, thought in told if not thought] == ["9"]
    assert all(not thought for piece, thought in live("It is 9.", model="new"))


def test_words_arrive_before_the_reply_has_ended() -> None:
    told: list[str] = []
    reply = LiveReply(lambda piece, thought: told.append(piece))
    for number in range(60):
        reply.words(f"word {number} ")
    assert "".join(told).startswith("word 0 word 1")
    assert len(told) > 10


def test_thoughts_that_leave_a_code_block_open_are_closed_by_their_marker() -> None:
    """A block that is closed later is the reply's own: then the marker in it is a mention."""
    left_open = read_choice(Choice("Try:\n```python\nx = 41\n</think>\n\nIt is 42."))
    assert (left_open.text, "41" in left_open.reasoning) == ("It is 42.", True)
    shown = "Split the reply:\n```python\nre.sub(r'.*</think>', '', s)\n```\nThat is all."
    assert read_choice(Choice(shown)).text == shown


@pytest.mark.parametrize(
    "said",
    [
        "a ` is left open, secret</think>\n\nThe answer is 42.",
        "| 1 | 2 |```secret</think>\n\nThe answer is 42.",
        "x\\left(```\\left(``` and ```secret</think>The answer is 42.",
    ],
)
def test_backticks_that_a_line_leaves_open_hide_no_closing_marker(said: str) -> None:
    read = read_choice(Choice(said))
    assert read.text == "The answer is 42." and "secret" in read.reasoning


def test_a_closing_marker_in_backticks_stays_a_mention() -> None:
    said = "It ends with `</think>`.\nA line with one ` of them."
    assert read_choice(Choice(said)).text == said
