"""JSON as models write it: found among words, and read in spite of small faults.

Read are strict JSON and, where that fails, trailing and missing commas, single and typographic quotes,
unquoted keys and words, comments, Python's None, True and False, quotes inside strings that were not escaped,
raw line breaks, and an end that is missing. LaTeX in strings keeps its backslashes. Time is linear in the
length of the text (why no library does this: docs/decisions/0005-own-lenient-json-reader.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

DEPTH: Final = 100
"""Levels of nesting that are read."""
STRICT_TRIES: Final = 20
"""Values of a text that may fail to be strict JSON before the rest is read leniently at once: making the
standard library's error counts all lines before it."""


@dataclass(frozen=True)
class Found:
    """An object or array found in a text.

    `closed` is False when the text ends before it does, `torn` when it ends within a string, a number or a
    key; then that part is left out of `value`.
    """

    value: Any
    closed: bool = True
    torn: bool = False


class Unreadable(ValueError):
    """What stands in the text is no JSON; the next value is looked for from `place` on."""

    def __init__(self, problem: str, place: int) -> None:
        super().__init__(problem)
        self.place = place


@dataclass
class Findings:
    """The objects and arrays of a text in their order, and what was wrong with the last that was none."""

    found: list[Found]
    problem: str = ""


def find_json(text: str) -> Findings:
    """Everything in the text that reads as a JSON object or array."""
    text = with_latex_kept(text)
    reader, findings, strict_tries = _Reader(text), Findings([]), STRICT_TRIES
    while start := _OPENING.search(text, reader.place):
        reader.begin(start.start())
        if strict_tries > 0:
            try:
                value, reader.place = _STRICT.raw_decode(text, reader.place)
            except (ValueError, RecursionError):
                strict_tries -= 1
            else:
                findings.found.append(Found(_clean(value)))
                continue
        try:
            value = reader.value(0)
        except Unreadable as error:
            findings.problem = str(error)
            reader.place = max(error.place, start.end())
        else:
            findings.found.append(Found(_clean(value), reader.closed, reader.torn))
    return findings


_OPENING = re.compile(r"""\[|\{(?=\s*["'\u201c\u2018`\w}/#.])""")
_STRICT = json.JSONDecoder(strict=False)


# -- escapes --------------------------------------------------------------------------------------

_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|([A-Za-z]+)|(.))", re.DOTALL)
_COMMANDS = re.compile(
    r"t(?:imes|heta|ext[a-z]*|au|riangle[a-z]*|frac|herefore|ilde|hinspace|o|op)"
    r"|n(?:abla|eq|eg|ot|otin|mid|leq|geq|exists|ewline)"
    r"|r(?:ho|ight[a-z]*|angle|floor|ceil|brace|brack|m|oot|ef)"
    r"|[bf][A-Za-z]+"
)
"""LaTeX commands whose first letters are an escape of JSON."""
_DOUBTFUL = re.compile(r"t(?:an|anh)|n(?:e|u|i)")
"""The same, but with a line break or tab before them they could be words."""


def with_latex_kept(text: str) -> str:
    """JSON text in which LaTeX commands and other backslashes that are no escapes are escaped.

    `\\frac` and `\\times` are valid escapes of JSON that would turn into control characters.
    """
    if "\\" not in text:
        return text
    evident = any(_is_latex(escape) for escape in _ESCAPE.finditer(text))

    def kept(escape: re.Match[str]) -> str:
        whole, letters, sign = escape[0], escape[1], escape[2]
        if sign == "'":
            return "'"
        if sign == "\n":
            return r"\n"
        if letters and evident and _DOUBTFUL.fullmatch(letters):
            return "\\" + whole
        return "\\" + whole if _is_latex(escape) or _is_no_escape(letters, sign) else whole

    return _ESCAPE.sub(kept, text)


def _is_latex(escape: re.Match[str]) -> bool:
    letters, sign = escape[1], escape[2]
    if letters:
        return letters[0] not in '"bfnrtu' or bool(_COMMANDS.fullmatch(letters))
    return sign is not None and sign in "()[]{},;!"


def _is_no_escape(letters: str | None, sign: str | None) -> bool:
    if letters:
        return letters[0] not in "bfnrt"  # with a u: it has no four digits
    return sign is not None and sign not in '"\\/'


_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _clean(value: Any) -> Any:
    """The value without control characters and half characters, which escapes can bring in."""
    if isinstance(value, str):
        return _NO_TEXT.sub("", value) if _NO_TEXT.search(value) else value
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


# -- the lenient reader ---------------------------------------------------------------------------

_SPACE = re.compile(r"(?:\s+|//[^\n]*|#[^\n]*)*")
_BLANK = re.compile(r"\s*")
_KEY = re.compile(r"[^\W\d][\w$ .-]{0,60}?(?=\s{0,20}(?::|=>|=))|\d{1,20}(?=\s{0,20}:)")
_COLON = re.compile(r"\s*(?::|=>|=)")
_MEMBER = re.compile(
    r"""\s*(?:$|\.\.\.|[}\]/#]|["'\u201c\u2018`][^"'\u201d\u2019`\n]{0,60}$|["'\u201c\u2018`][^"'\u201d\u2019`\n]{1,60}["'\u201d\u2019`]\s*[:=]"""
    r"""|[^\W\d][\w$ .-]{0,60}?\s{0,20}[:=])"""
)
"""What may come after the comma of an object's member, or where a comma is missing."""
_BARE = re.compile(r"[^,;}\]\n\"]+")
_COMMENT = re.compile(r"\s(?://|/\*|#)")
_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS: Final = {
    **dict.fromkeys(("null", "none", "nil", "undefined"), None),
    "true": True,
    "false": False,
    "nan": float("nan"),
}
_CLOSING: Final = {'"': '"', "'": "'", "`": "`", "\u201c": '\u201d"\u201c', "\u2018": "\u2019'"}
"""For each quote the ones that may end its string."""
_STOPS: Final = {quote: re.compile(rf"[\\{ends}]") for quote, ends in _CLOSING.items()}
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_TORN: Final = object()


class _Reader:
    """Reads values from `place` on. What it has read it does not read again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.begin(0)

    def begin(self, place: int) -> None:
        """Read the next value from here."""
        self.place, self.closed, self.torn = place, True, False

    def value(self, depth: int, *, in_object: bool = False) -> Any:
        """The value that begins here; `_TORN` for one that the end of the text cut."""
        if depth > DEPTH:
            raise Unreadable("it is nested too deeply", len(self.text))  # nor is what follows read
        sign = self._next()
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._array(depth)
        if sign in _CLOSING:
            return self._string(sign, in_object=in_object)
        return self._bare(in_object=in_object)

    def _next(self) -> str:
        """The sign after white space and comments, which are passed over; empty at the end."""
        sign = self.text[self.place : self.place + 1]
        if sign not in "/#" and not sign.isspace():
            return sign
        while True:
            self.place = _end(_SPACE, self.text, self.place)
            if not self.text.startswith("/*", self.place):
                return self.text[self.place : self.place + 1]
            end = self.text.find("*/", self.place + 2)
            self.place = end + 2 if end >= 0 else len(self.text)

    def _separator(self) -> str:
        """The sign after commas, white space and comments; empty at the end."""
        while True:
            sign = self._next()
            if sign not in (",", ";"):
                return sign
            self.place += 1

    def _object(self, depth: int) -> dict[str, Any]:
        self.place += 1
        members: dict[str, Any] = {}
        while sign := self._separator():
            if sign == "}":
                self.place += 1
                return members
            if self.text.startswith("...", self.place):
                self.place += 3
                continue
            key = self._key(sign)
            if key is None:
                break
            value = self.value(depth + 1, in_object=True)
            if value is _TORN:
                break
            members[key] = value
            if not self.closed:
                break
        self.closed = False
        return members

    def _key(self, sign: str) -> str | None:
        """The key that begins here, its colon passed over; None where the text ends within."""
        start = self.place
        if sign in _CLOSING:
            key = self._string(sign, key=True)
            if key is _TORN:
                return None
        elif found := _KEY.match(self.text, start):
            key, self.place = found[0].strip(), found.end()
        else:
            raise Unreadable(f"it has no key at {self.text[start : start + 20]!r}", start)
        colon = _COLON.match(self.text, self.place)
        if colon is None:
            if not self.text[self.place :].strip():
                self.torn = True
                return None
            raise Unreadable(f"no value follows the key {key[:40]!r}", self.place)
        self.place = colon.end()
        return key

    def _array(self, depth: int) -> list[Any]:
        self.place += 1
        items: list[Any] = []
        while sign := self._separator():
            if sign == "]":
                self.place += 1
                return items
            if sign in "}):":
                raise Unreadable(f"a list holds {sign!r}", self.place)
            item = self.value(depth + 1)
            if item is _TORN:
                break
            if item != "...":
                items.append(item)
            if not self.closed:
                break
        self.closed = False
        return items

    def _string(self, quote: str, *, key: bool = False, in_object: bool = False) -> Any:
        """The string that begins here. A quote that nothing of JSON follows is a part of it."""
        tripled = quote * 3
        if quote in "\"'" and self.text.startswith(tripled, self.place):
            return self._tripled(tripled)
        parts, stops = [], _STOPS[quote]
        self.place += 1
        while stop := stops.search(self.text, self.place):
            parts.append(self.text[self.place : stop.start()])
            self.place = stop.end()
            if stop[0] == "\\":
                parts.append(self._escaped())
            elif self._ends_string(key, in_object):
                return "".join(parts)
            else:
                parts.append(stop[0])
        self.place = len(self.text)
        self.closed, self.torn = False, True
        return _TORN

    def _tripled(self, quotes: str) -> Any:
        start = self.place + 3
        end = self.text.find(quotes, start)
        if end < 0:
            self.place = len(self.text)
            self.closed, self.torn = False, True
            return _TORN
        self.place = end + 3
        return self.text[start:end]

    def _ends_string(self, key: bool, in_object: bool) -> bool:
        """Whether the quote before this place ends a string, by what follows."""
        place = _end(_BLANK, self.text, self.place)
        sign = self.text[place : place + 1]
        if key:
            if sign and sign in ",}]":
                raise Unreadable("it has a key without a value", place)
            return sign in ("", ":", "=")
        if sign in ("", "}", "]", "#") or self.text.startswith(("//", "/*"), place):
            return True
        if not in_object:
            return sign in ",;" or sign in _CLOSING
        if sign in ",;":
            return _MEMBER.match(self.text, place + 1) is not None
        return sign in _CLOSING and _MEMBER.match(self.text, place) is not None

    def _escaped(self) -> str:
        """The character that the escape at this place stands for."""
        sign = self.text[self.place : self.place + 1]
        self.place += 1
        digits = self.text[self.place : self.place + 4]
        if sign == "u" and len(digits) == 4 and all(c in "0123456789abcdefABCDEF" for c in digits):
            self.place += 4
            return chr(int(digits, 16))
        return _ESCAPED.get(sign, sign)

    def _bare(self, *, in_object: bool) -> Any:
        """A number, a constant, or words without quotes."""
        start = self.place
        while found := _BARE.match(self.text, self.place):
            self.place = found.end()
            sign = self.text[self.place : self.place + 1]
            ends = sign not in (",", ";", '"') or (not in_object and sign != '"')
            if ends or _MEMBER.match(self.text, self.place + (sign != '"')):
                break
            self.place += 1
        words = _COMMENT.split(self.text[start : self.place], maxsplit=1)[0].strip()
        if not words:
            raise Unreadable(f"no value at {self.text[start : start + 20]!r}", start)
        if self.place >= len(self.text):  # nobody knows whether more was to come
            self.closed, self.torn = False, True
            return _TORN
        return _meaning(words)


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    """Where a pattern that matches everywhere ends."""
    found = pattern.match(text, place)
    return found.end() if found else place


def _meaning(words: str) -> Any:
    if (lowered := words.lower()) in _WORDS:
        return _WORDS[lowered]
    if len(words) > 400 or not _NUMBER.fullmatch(words):
        return words
    digits = words.replace("_", "")
    return int(digits) if digits.lstrip("+-").isdecimal() else float(digits)


def walk(value: Any) -> Iterator[Any]:
    """The value and everything in it, outermost first."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
