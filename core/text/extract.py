r"""The short answer that a worked solution announces.

Read in this order: `\boxed{...}`, then the last announcement ("Final answer: 7", `#### 7`,
`<answer>7</answer>`, `{"answer": 7}`, in about thirty languages), both outside fenced code; then
the same inside it; then, for `final_answer`, the last line. Every function is linear in the length
of the text: patterns have bounded repetitions only, and each line is looked at a fixed number of
times.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .normal import normalized, visible
from .unwrap import without_wrapping


@lru_cache(64)  # several decisions of a method ask this of the same replies
def stated_answer(text: str) -> str | None:
    r"""The announced answer, without its markup; None for a text that announces none.

    Several different boxes in one closing statement are joined: `x = \boxed{2} or x = \boxed{3}`
    gives "2, 3". Empty boxes and placeholders (`\boxed{...}`) are passed over.
    """
    prose, code = _prose_and_code(_readable(text))
    for lines in (prose, code):
        whole = "\n".join(lines)
        if (found := _boxed(whole)) is None:
            found = _announced(whole, lines)
        if found is not None:
            return found
    return None


def final_answer(text: str) -> str:
    """The announced answer, else the last line with words. Empty only for a text without words."""
    if (stated := stated_answer(text)) is not None:
        return stated
    lines = [line for line in _readable(text).splitlines() if line.strip()]
    worded = [line for line in lines if line.strip() not in _CLOSERS] or lines
    if not worded:
        return ""
    emphasised = _only_bold(worded[-1])
    if emphasised is not None and _SHORT_VALUE.fullmatch(emphasised):
        return emphasised
    return without_wrapping(worded[-1]) or worded[-1].strip()


def _readable(text: str) -> str:
    return normalized(visible(text), "NFC")


_CLOSERS: Final = frozenset({"```", "~~~", r"\]", r"\)", "$$", "---", "***", "___"})
_SHORT_VALUE: Final = re.compile(
    r"[-+\u2212]?[$\u20ac\u00a3]?\d[\d., ]{0,40}%?|\(?[A-Z]\)?", re.ASCII
)


# -- prose and code --------------------------------------------------------------------------------


def _prose_and_code(text: str) -> tuple[list[str], list[str]]:
    """The lines outside fences, a blank line in place of each block, and the lines inside them.

    Blocks that hold JSON count as prose: `{"answer": 7}` in a fence is an announcement.
    """
    prose: list[str] = []
    code: list[str] = []
    block: list[str] | None = None
    fence = ""
    for line in text.splitlines():
        bare = line.lstrip()
        if block is None and bare.startswith(("```", "~~~")) and "`" not in bare[3:].strip("`"):
            block, fence = [], bare[:3]
        elif block is None:
            prose.append(line)
        elif bare.startswith(fence) and not bare.strip(fence[0]).strip():
            _close(block, prose, code)
            block = None
        else:
            block.append(line)
    if block is not None:
        _close(block, prose, code)
    return prose, code


def _close(block: list[str], prose: list[str], code: list[str]) -> None:
    first = next((line.lstrip() for line in block if line.strip()), "")
    if first.startswith("{") and '"' in "".join(block[:5]):
        prose += ["", *block, ""]
    elif len(block) <= 2 and _is_label(prose):
        prose += ["", *block, ""]  # "Answer:" and the value alone in a fence
    else:
        prose.append("")
        code += [*block, ""]


def _is_label(prose: Sequence[str]) -> bool:
    """Whether the last line with words announces what comes next."""
    last = next((line for line in reversed(prose[-3:]) if line.strip()), "")
    return any(not rest.text.strip(_MARKS) for rest in _after_announcements(last))


# -- boxes -----------------------------------------------------------------------------------------

_BOX: Final = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])[ \t]{0,4}")
_BARE_BOX: Final = re.compile(r"\\?[^\s{}\\$.,;]{1,40}(?:[.,][^\s{}\\$.,;]{1,40}){0,8}")
_PLACEHOLDER: Final = re.compile(
    r"(?:\.{2,5}|\u2026|\\(?:l|c)?dots|\?|_{1,20}|(?:the |your |final ){0,3}answer(?: here)?|\W?)",
    re.IGNORECASE,
)
_BREAK: Final = re.compile(
    r"\b(?:no|not|wait|actually|correction|rather|instead|sorry|oops|hmm|so|then|thus|hence|"
    r"therefore|which gives|implies|becomes|answer|nein|also|daher|somit|antwort|donc|réponse|"
    r"entonces|respuesta|quindi|risposta|logo|portanto|resposta|step)\b|"
    r"\\(?:implies|Rightarrow|therefore)|=>|\u21d2|\u2234|答案|所以|因此"
    r"|答え|답|ответ",
    re.IGNORECASE,
)
_JOIN: Final = re.compile(
    r"[,;&\n\u3001\uff0c和或及与と]|\\(?:quad|qquad|text|cup|\\)|"
    r"\b(?:and|or|und|oder|et|ou|y|o|e|i|lub|en|of|och|eller|и|или)\b",
    re.IGNORECASE,
)
_FURTHEST: Final = 120
"""Characters between two boxes of one closing statement, at most."""


@dataclass(frozen=True)
class _Box:
    begin: int
    end: int
    content: str


def _boxed(text: str) -> str | None:
    """The boxes of the closing statement, each different content once."""
    if "\\" not in text:
        return None
    boxes = [box for box in _boxes(text) if not _PLACEHOLDER.fullmatch(box.content)]
    if not boxes:
        return None
    closing = [boxes[-1]]
    for earlier in reversed(boxes[:-1]):
        if not _joined(text, earlier, closing[-1]):
            break
        closing.append(earlier)
    return ", ".join(dict.fromkeys(box.content for box in reversed(closing)))


def _boxes(text: str) -> Iterator[_Box]:
    closing = _matching_braces(text)
    end = 0
    for found in _BOX.finditer(text):
        if found.start() < end:
            continue  # inside another box
        begin = found.end()
        if text[begin : begin + 1] != "{":
            bare = _BARE_BOX.match(text, begin)
            if bare is not None:
                end = bare.end()
                yield _Box(found.start(), end, without_wrapping(bare[0]))
        elif begin in closing:
            end = closing[begin] + 1
            yield _Box(found.start(), end, without_wrapping(text[begin + 1 : end - 1]))


def _matching_braces(text: str) -> dict[int, int]:
    r"""For each opening brace that is closed, where; `\{` and `\}` are signs."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            closing[opened.pop()] = brace.start()
    return closing


_BRACE: Final = re.compile(r"\\.|[{}]", re.DOTALL)


def _joined(text: str, first: _Box, second: _Box) -> bool:
    """Whether two boxes belong to one statement: near, connected, and no correction between them."""
    if second.begin - first.end > _FURTHEST:
        return False
    between = text[first.end : second.begin]
    return (
        not _BREAK.search(between)
        and not re.search(r"\n[ \t]{0,20}\n|[.!?\u3002] {0,3}[^\s*\-]", between)
        and (_JOIN.search(between) is not None or first.content == second.content)
    )


# -- announcements ---------------------------------------------------------------------------------

_NOUN: Final = re.compile(
    r"\b(?:answers?|ans|final result|(?:correct|right|best) (?:option|choice|statement)|result|"
    # German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian
    r"(?:end)?antwort|(?:end)?ergebnis|réponses?|resultado|respuestas?|respostas?|risposta|"
    r"risultato|résultat|(?:eind)?antwoord|svar(?:et)?|vastaus|"
    # Polish, Czech, Romanian, Hungarian, Turkish, Indonesian, Vietnamese, Greek
    r"odpowiedź|odpověď|răspuns(?:ul)?|válasz|cevap|yan[i\u0131]t|jawaban(?:nya)?|"
    r"đáp án|câu trả lời|απάντηση|"
    # Russian, Ukrainian
    r"ответ|відповідь)(?![^\W\d_])|"
    # Chinese, Japanese, Korean, Arabic, Hebrew, Hindi, Thai
    r"答案|答え|解答|回答|正解|정답|답변|답(?=[은는: \uff1a])|"
    r"الإجابة|الجواب|"
    r"תשובה|उत्तर|คำตอบ",
    re.IGNORECASE,
)
_MARKS: Final = " \t*_`#>\"'\u201c\u201d\u201e"
_VERB: Final = (
    r"(?:is|are|was|equals?|(?:should|would|must|will|can|has to) be|comes (?:out )?to(?: be)?|"
    r"turns out to be|becomes|ist|lautet|wäre|est|es|sont|son|sería|é|è|sono|são|er|är|(?<=vastaus )on|"
    r"(?<=odpowiedź )to|brzmi|este|adalah|là|είναι|это|равен|дорівнює|"
    r"هي|هو|היא|है|คือ)(?![^\W\d_])"
)
_CJK_VERB: Final = r"(?:应该是|應該是|应为|應為|就是|是|为|為|は|은|는|이|가)"
_SIGN: Final = r"(?:[:\uff1a=\uff1d\u2192\ua789]|->|=>|[-\u2013\u2014](?=[ \t*]))"
_ADVERB: Final = (
    r"(?:therefore|thus|hence|then|simply|just|indeed|clearly|of course|also|given by|"
    r"now|still|actually|daher|also|somit|donc|entonces|por lo tanto|quindi|portanto)(?![^\W\d_])"
)
_GAP: Final = r"[ \t*_`\"'\u201c\u201d)\]\u3010\u3011]{0,8}"
_AFTER: Final = r"[ \t*_`)\]\u3011]{0,8}"
_OF: Final = (
    r"(?:[ \t]{1,4}(?:to|for|of|in|from|auf|zu|der|à|de|del|della|alla|da|do|finale?|final|correcta|"
    r"correcte|corretta|correta|number|choice|option)\b[^.:=\n\uff1a\u3002]{0,60}?)?"
)
_ANNOUNCES: Final = re.compile(
    rf"{_OF}{_GAP}(?:,[^,\n]{{1,30}},{_GAP})?"
    rf"(?:{_VERB}{_AFTER}(?:,?[ \t]{{0,2}}{_ADVERB}{_AFTER},?{_AFTER}){{0,2}}{_SIGN}?|"
    rf"{_CJK_VERB}{_AFTER}[:\uff1a,\u3001]?|{_SIGN}){_AFTER}{_SIGN}?",
    re.IGNORECASE,
)
_NOT_THE_ANSWER: Final = re.compile(
    r"(?:\b(?:wrong|incorrect|previous|earlier|initial|student'?s|old|this|that|any|each|no|not the|"
    r"if the|whether the|if your|whether your|alternative|falsche|fausse|incorrecta|sbagliata|"
    r"errada)[ \t]{1,3}(?:final )?|错误)$",
    re.IGNORECASE,
)
_NO_CONTENT: Final = re.compile(
    r"(?:correct|right|wrong|incorrect|clear|simple|obvious|unclear|as follows|above|below|given above|"
    r"not|the only|consistent|reasonable|in the|to be|supported|unique|shown|verified|based on|richtig|"
    r"correcte?|correcta|corretta|correta|正确)(?![^\W\d_])",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"[ \t]{0,8}(?:#{4})[ \t]{0,4}(?P<value>[-+\u2212$\u20ac\u00a3]{0,2}[\d.][^\n]{0,200})"
)
_TAG: Final = re.compile(r"<(?P<name>(?:final[_ -]?)?answer)>", re.IGNORECASE)
_KEY: Final = re.compile(
    r"\"(?:(?:final|correct|short)[_ ]?)?(?:answer|antwort|réponse|respuesta|risposta|resposta|答案|答え"
    r"|답|ответ|result|final)\"\s{0,8}:\s{0,8}"
    r"(?:\"(?P<text>(?:[^\"\\]|\\.)*)\"|\[(?P<list>[^\[\]{}]{0,2000})\]|"
    r"(?P<bare>-?\d[\d.eE+-]{0,400}|true|false))",
    re.IGNORECASE,
)
_TAIL: Final = 160
"""Characters after the noun in which an announcement must have said "is" or ":"."""


def _announced(text: str, lines: Sequence[str]) -> str | None:
    """The last announcement of the lines, a tag and a JSON key included."""
    tagged = _tagged(text)
    if tagged is not None:
        return tagged
    keys = deque(_KEY.finditer(text), _LAST)
    if (keyed := next(filter(None, map(_json_value, reversed(keys))), None)) is not None:
        return keyed
    following: list[str] = []  # the lines after the one looked at, nearest last
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if not line.strip():
            continue
        if (found := _in_line(line, following, last=not following)) is not None:
            return found
        following.append(line)
    return None


def _tagged(text: str) -> str | None:
    """What the last `<answer>` with words holds."""
    end = len(text)
    for tag in reversed(list(_TAG.finditer(text))):
        close = text.find("</", tag.end(), end)
        content = text[tag.end() : close if close >= 0 else end]
        end = tag.start()
        if bare := without_wrapping(content):
            return bare
    return None


def _json_value(found: re.Match[str]) -> str:
    if found["bare"]:
        return found["bare"]
    if found["list"] is not None:
        items = [part.strip().strip('"') for part in found["list"].split(",")]
        return ", ".join(_unescaped(item) for item in items if item)
    return without_wrapping(_unescaped(found["text"]))


_ESCAPE: Final = re.compile(r"\\(?:([\\\"/])|u([0-9a-fA-F]{4})|([nrt])(?![a-z]))")


def _unescaped(text: str) -> str:
    r"""A JSON string's content; a LaTeX command that was not escaped (`\frac`) stays one."""
    return _ESCAPE.sub(
        lambda found: (
            found[1] or (_character(found[2]) if found[2] else {"t": "\t"}.get(found[3], "\n"))
        ),
        text,
    )


def _character(code: str) -> str:
    number = int(code, 16)
    return "" if 0xD800 <= number < 0xE000 else chr(number)


def _in_line(line: str, following: Sequence[str], *, last: bool) -> str | None:
    """The last announcement in a line; its content may stand in the next line with words."""
    for rest in _after_announcements(line):
        content = _content(rest.text)
        if not content and following and not rest.text.strip(_MARKS):
            content = _next_line(following)
        if content and (rest.labelled or not _NO_CONTENT.match(content)):
            return content
    if (numbered := _NUMBERED.match(line)) is not None:
        return without_wrapping(numbered["value"])
    if last and line.lstrip().startswith("#### "):
        return without_wrapping(line.lstrip("# \t")) or None
    return None


_SIGNS: Final = frozenset(":\uff1a=\uff1d\u2192>-\u2013\u2014")
_LAST: Final = 8
"""Announcements of one line that are looked at, from its end."""


@dataclass(frozen=True)
class _Rest:
    """What follows an announcement in its line; `labelled`: a sign ends it, "Answer:"."""

    text: str
    labelled: bool


def _after_announcements(line: str) -> Iterator[_Rest]:
    """What follows each of the last announcements in the line, the last first; nothing follows a
    heading that is one ("## Answer")."""
    ends = deque((end for noun in _NOUN.finditer(line) if (end := _end(line, noun)) >= 0), _LAST)
    for end in reversed(ends):
        inside_bold = line.count("**", 0, end) % 2
        sign = line[max(0, end - 9) : end].rstrip(_MARKS + ")]")[-1:]
        yield _Rest("**" * inside_bold + line[end:], sign in _SIGNS)


def _end(line: str, noun: re.Match[str]) -> int:
    """Where the announcement ends that this noun makes; -1 where it makes none."""
    before = line[max(0, noun.start() - 24) : noun.start()]
    if _NOT_THE_ANSWER.search(before):
        return -1
    if noun[0].lower() in _LABELS_ONLY and before.strip(_MARKS + "-0123456789."):
        return -1
    announces = _ANNOUNCES.match(line, noun.end(), noun.end() + _TAIL)
    if announces is not None:
        return announces.end()
    return len(line) if _heading(line, noun) else -1


_LABELS_ONLY: Final = frozenset(
    {"ans", "result", "ergebnis", "resultado", "risultato", "résultat", "on"}
)
"""Nouns that announce an answer only at the beginning of a line: "Result: 7"."""
_SHORT_HEADING: Final = 40


def _heading(line: str, noun: re.Match[str]) -> bool:
    """Whether the line is a label of few words and nothing else: "**Final Answer**", "## Answer"."""
    if len(line) > 4 * _SHORT_HEADING:
        return False
    bare = line.strip(_MARKS + "=-")
    return (
        len(bare) <= _SHORT_HEADING
        and not line[noun.end() :].strip(_MARKS + "=-)]\u3011")
        and (line.strip() != bare or len(bare.split()) <= 2)
    )


def _next_line(following: Sequence[str]) -> str:
    r"""The value that stands under its label; a display (`\[` alone in its line) is put together."""
    first = following[-1].strip()
    closer = {r"\[": r"\]", "$$": "$$"}.get(first)
    if closer is None:
        return _content(_BULLET.sub("", first, count=1))
    kept: list[str] = []
    for line in reversed(following[-12:-1]):
        if line.strip() == closer:
            break
        kept.append(line.strip())
    return without_wrapping(" ".join(kept))


_BULLET: Final = re.compile(r"^(?:[-*+\u2022][ \t]{1,8}|>[ \t]{0,8})")
_SENTENCE: Final = re.compile(
    r"[.!?]{1,3}[\"'\u201d*_)$]{0,4}[ \t]{1,8}(?=\S)|[\u3002\uff01\uff1f](?=.)"
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|Prof|St|Mt|Ft|vs|etc|cf|al|e\.g|i\.e|a\.m|p\.m|No|ca|approx|U\.S|"
    r"Jr|Sr|Inc|Ltd|Co)\.$",
    re.IGNORECASE,
)
_BECAUSE: Final = re.compile(
    r",? {1,4}(?:because|weil|parce que|porque|perché|since we)\b", re.IGNORECASE
)


def _content(rest: str) -> str:
    """The value at the beginning of what follows an announcement: its first sentence, or what is
    emphasised in it."""
    sentence = _first_sentence(rest)
    if (because := _BECAUSE.search(sentence)) is not None and because.start() > 0:
        sentence = sentence[: because.start()]
    value = _only_bold(sentence) or without_wrapping(sentence)
    return _COPULA.sub("", value, count=1) or value


_COPULA: Final = re.compile(r"(?:です|である|になります|입니다|이다|예요|이에요)$")
"""The verb at the end of a Japanese or Korean sentence."""


def _first_sentence(text: str) -> str:
    begin = len(text) - len(text.lstrip(_MARKS + "$."))
    for end in _SENTENCE.finditer(text, begin + 1):
        before = text[max(begin, end.start() - 8) : end.start() + 1]
        if end[0].startswith("."):
            if text[end.end()].islower():
                continue
            if _ABBREVIATION.search(before) and not _letter_and_remark(text, begin, end):
                continue
        return text[: end.start() + 1]
    return text


def _letter_and_remark(text: str, begin: int, end: re.Match[str]) -> bool:
    """Whether this is an option's letter and a sentence of its own, not a name's initial."""
    return end.start() == begin + 1 and len(text[end.end() : end.end() + 200].split()) > 4


def _only_bold(line: str) -> str | None:
    """The one bold part of a sentence, where it is a value and no label."""
    parts = line.split("**", 4)
    if len(parts) != 3 or not parts[1].strip() or not (parts[0] + parts[2]).strip(" \t.,"):
        return None
    if parts[1].rstrip().endswith((":", "\uff1a")) or parts[2].lstrip().startswith((":", "\uff1a")):
        return None
    return without_wrapping(parts[1]) or None
