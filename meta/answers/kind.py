"""What kind of answer a question asks for, without asking a model.

A question is read by its structure (listed options, code, digits, question marks) and by a short list
of words in several languages (`question_words`). Where that does not settle it, the result is not
`certain`: ask with a neutral prompt and let the reply decide (`kind_of_reply`). Both are linear in the
length of what they read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ...core.kind import AnswerKind
from ...core.text.extract import stated_answer
from ...core.text.normal import normalized, visible
from ..sample import Kind
from . import question_words as words
from .options import listed_options

SHORT_REPLY: Final = 6
"""Words of a reply in one line that is an answer by itself, at most."""
CODE_SHARE: Final = 0.4
"""Share of a reply inside code fences from which on the code is the answer."""


@dataclass(frozen=True)
class QuestionKind:
    """The kind of answer a question asks for, never "auto".

    `certain` is False where question and words leave it open: `kind` is then the likeliest one.
    `options` are the texts of the listed options in their order, without their letters.
    """

    kind: AnswerKind
    certain: bool = True
    options: tuple[str, ...] = ()


def kind_of_question(question: str) -> QuestionKind:
    """The kind of answer a question asks for, in about ten languages; uncertain in others."""
    text = normalized(visible(question), "NFC")
    if options := listed_options(text):
        return QuestionKind("choice", True, options)
    sentences = _sentences(text)
    if not sentences:
        return QuestionKind("text", certain=False)
    found = map(lambda sentence: _kind_of_sentence(sentence, text), _deciding(sentences))
    decided = next(filter(None, found), None)
    if (decided is None or decided.kind != "code") and any(map(_asks_for_json, sentences)):
        return QuestionKind("json")
    return decided or _undecided(sentences, text)


@lru_cache(64)  # several decisions of a method ask this of the same replies
def kind_of_reply(reply: str) -> AnswerKind:
    """The kind of answer a reply gives: one that is boxed or announced at its end is short, code and
    JSON are told by their form, anything else is text."""
    text = reply.strip()
    if _is_json(text):
        return "json"
    lines = [line for line in text.splitlines() if line.strip()]
    if r"\boxed" in text and stated_answer(text) is not None:
        return "short"
    if _share_of_code(text) >= CODE_SHARE:
        return "code"
    if stated_answer("\n".join(lines[-_CLOSING:])) is not None:
        return "short"
    brief = len(text) <= 10 * SHORT_REPLY and len(text.split()) <= SHORT_REPLY
    return "short" if brief and len(lines) == 1 and not text.endswith(("?", "!", ":")) else "text"


def compared_as(kind: AnswerKind) -> Kind:
    """How answers of a kind are compared and counted (`equivalence`)."""
    return _COMPARED[kind]


_COMPARED: Final[dict[AnswerKind, Kind]] = {
    "auto": "auto",
    "number": "number",
    "choice": "option",
    "short": "auto",
    "text": "text",
    "code": "code",
    "json": "code",
}
_CLOSING: Final = 5
"""Lines at the end of a reply in which an announcement is looked for."""


# -- sentences -------------------------------------------------------------------------------------

_END: Final = re.compile(r"(?<=[.?!])[\"'\u201d)]?\s|[\n\u3002\uff1f\uff01\u061f]")
_FENCED: Final = re.compile(r"^[ \t]{0,8}(?:```|~~~)", re.MULTILINE)
_LONGEST: Final = 400
"""Characters of a sentence that are read: from its beginning."""


def _sentences(text: str) -> list[str]:
    """The sentences outside code fences, in lower case."""
    prose = "\n".join(_FENCED.split(text)[::2])
    found: list[str] = []
    begin = 0
    for end in [*(m.end() for m in _END.finditer(prose)), len(prose)]:
        if sentence := prose[begin:end].strip(" \t\n\"'\u201c\u201d*_#>-"):
            found.append(sentence[:_LONGEST].lower().replace("\u2019", "'"))
        begin = end
    return found


def _deciding(sentences: list[str]) -> list[str]:
    """The sentences that say what is asked for, the most telling first: the last question, the first
    sentence, the last two."""
    asking = [s for s in sentences if s.endswith(("?", "\uff1f", "\u061f"))]
    chosen = [*asking[-1:], sentences[0], *reversed(sentences[-2:])]
    if not asking and len(sentences) > 1:
        chosen = [sentences[0], *reversed(sentences[-2:])]
    return list(dict.fromkeys(chosen))


def _without_preface(sentence: str) -> str:
    for _ in range(4):
        preface = words.PREFACE.match(sentence)
        if preface is None:
            break
        sentence = sentence[preface.end() :]
    return sentence.lstrip("\u00bf\u00a1 ")


# -- one sentence ----------------------------------------------------------------------------------

_JSON_WORD: Final = re.compile(r"(?<![a-z0-9.])json(?![a-z0-9])")
_JSON_ASKED: Final = re.compile(
    r"(?:\b(?:as|in|to|into|valid|return|output|only|a|an|the|als|im|en|au format|formato|come|como|em|raw|"
    r"format|в|как)\s{1,3}|[用以成为をの\uff1a:] ?|^)(?:an? |the |following |valid |format )?json"
    r"|json(?: object| array|-objekt|\s?(?:格式|形式|형식|で|に|으로))"
)
_FORMULA: Final = re.compile(
    r"\d\s{0,3}[-+*/^\u00d7\u00f7\u00b7=\u2212]\s{0,3}[\d(]|\\frac|\\sqrt|[a-z]\s{0,2}[=^]\s{0,2}[\d(]"
    r"|\d%|\b\d{1,3}[a-z]\b\s{0,2}[-+=]"
)
_CODE_MARK: Final = re.compile(
    r"```|~~~|\bdef \w{1,60}\(|\breturn\b.{0,40};|#include|"
    r"\bselect\b.{1,80}\bfrom\b|console\.log|=>|\bfor \(|\bprint\("
)
_CODE_RESULT: Final = re.compile(
    r"\b(?:what (?:does|will|is|would)|was gibt|que (?:retourne|affiche)|qué (?:imprime|devuelve)|"
    r"cosa stampa)\b.{0,80}(?:print|output|return|evaluate|result|value|aus|"
    r"affiche|devuelve|imprime|stampa|display)"
)


def _asks_for_json(sentence: str) -> bool:
    return bool(_JSON_WORD.search(sentence) and _JSON_ASKED.search(sentence))


def _kind_of_sentence(sentence: str, text: str) -> QuestionKind | None:
    """What one sentence asks for; None where it does not say."""
    if words.BRIEF.search(sentence):
        return QuestionKind("short")
    ask = _without_preface(sentence)
    has_code = _CODE_MARK.search(text) is not None
    if has_code and _CODE_RESULT.match(ask):
        return QuestionKind("short")
    if (made := _made(ask, has_code)) is not None:
        return made
    if words.COUNT.search(ask) and not words.TELL.match(ask):
        return QuestionKind("number")
    if words.TELL.match(ask):
        return QuestionKind("text", certain=_FEELS.match(ask) is None)
    if words.FEELING.match(sentence) or words.FEELING.match(ask):
        return QuestionKind("text")
    if (east := _east_asian(ask)) is not None:
        return east
    asks = ask.endswith(("?", "\u061f"))
    if words.WORK.match(ask) and (asks or _CONDITION.match(ask) is None):
        return QuestionKind(
            "short" if _EXPRESSION.search(ask) or not _DIGIT.search(ask) else "number"
        )
    if asks and words.PICK.match(ask):
        return QuestionKind("short")
    if asks and _WHAT_IS.match(ask) and len(_NUMBER.findall(text[-_TOLD:])) >= 2:
        return QuestionKind("number" if _EXPRESSION.search(ask) is None else "short")
    if _FORMULA.search(ask):
        brief = asks or len(ask) < _BRIEF_FORMULA
        value: AnswerKind = "short" if _EXPRESSION.search(ask) or not brief else "number"
        return QuestionKind(value, certain=brief)
    return QuestionKind("short") if not asks and _NAMED.match(ask) else None


_TOLD: Final = 2000
"""Characters before the question in which a word problem gives its numbers."""
_NUMBER: Final = re.compile(r"(?<!\w)[$\u20ac\u00a3]?\d{1,40}")
_DIGIT: Final = re.compile(r"\d")
_EXPRESSION: Final = re.compile(
    r"\b[a-z]\s?[=^]|\bfor [a-z]\b|factor|simplif|expand|differentiat|integrat|derivative"
)
_BRIEF_FORMULA: Final = 80
"""Characters of a sentence that is a formula rather than one with a formula in it, at most."""
_NAMED: Final = re.compile(
    r"(?:name the|name a|name one|state the|identify|choose|pick|select|classify|nenne (?:die|den|das)|nomme|"
    r"nombra|назови)(?!\w)"
)
_FEELS: Final = re.compile(r"how (?:do|does|did) .{1,60} feel")
_WHAT_IS: Final = re.compile(
    r"(?:what(?: is|'s| are| was)|was ist|quel(?:le)? est|cuál es|qual è|qual é|"
    r"wat is)(?!\w)"
)
_CONDITION: Final = re.compile(r"(?:if|wenn|si|se|als|если)(?!\w)")


def _made(ask: str, has_code: bool) -> QuestionKind | None:
    """What is to be made, where the sentence tells to make something: code, JSON or a text."""
    if words.CODE_WORK.match(ask) and (has_code or words.CODE.search(ask)):
        return QuestionKind("code")
    if (made := words.MAKE.match(ask)) is None:
        return None
    prose, code = words.PROSE.search(ask, made.end()), words.CODE.search(ask, made.end())
    if code is not None and (
        prose is None or code.start() < prose.start() or _FOR_CODE.search(ask)
    ):
        return QuestionKind("code")
    if prose is not None:
        return QuestionKind("text")
    return QuestionKind("text") if _WRITES.match(ask) else None


_FOR_CODE: Final = re.compile(r"\b(?:sql|regex|python|javascript|java|rust|bash)\b")
_WRITES: Final = re.compile(
    r"(?:write|compose|draft|schreib|verfass|dichte|écri|rédig|escrib|redact|scriv|escrev|redija|schrijf|напиш|сочин)"
)


def _east_asian(ask: str) -> QuestionKind | None:
    """Chinese, Japanese and Korean questions, by what stands anywhere in the sentence."""
    if ask.isascii():
        return None
    if words.EAST_CODE.search(ask) and words.EAST_TEXT.search(ask + "写一" * ("写" in ask)):
        return QuestionKind("code")
    for pattern, kind in _EAST:
        if pattern.search(ask):
            return QuestionKind(kind)
    return None


_EAST: Final[tuple[tuple[re.Pattern[str], AnswerKind], ...]] = (
    (words.EAST_COUNT, "number"),
    (words.EAST_TEXT, "text"),
    (words.EAST_TALK, "text"),
    (words.EAST_PICK, "short"),
)


def _undecided(sentences: list[str], text: str) -> QuestionKind:
    """The likeliest kind where no sentence says it."""
    last = sentences[-1]
    if last.endswith(("?", "\uff1f", "\u061f")):
        return QuestionKind("short", certain=False)
    if _FORMULA.search(text):
        return QuestionKind("short", certain=False)
    return QuestionKind("text", certain=False)


# -- replies ---------------------------------------------------------------------------------------


def _is_json(text: str) -> bool:
    """Whether a reply is one JSON object or array, in a fence or bare."""
    body = text
    if text.startswith("```") and text.endswith("```") and text.count("```") == 2:
        body = text[3:-3].removeprefix("json").removeprefix("JSON").strip()
    if not body.startswith(("{", "[")) or not body.endswith(("}", "]")):
        return False
    try:
        return isinstance(json.loads(body, parse_int=str), dict | list)
    except (ValueError, RecursionError):
        return False


def _share_of_code(text: str) -> float:
    """The share of a text's visible characters that stands inside code fences."""
    parts = _FENCED.split(text)
    whole = sum(len("".join(part.split())) for part in parts)
    inside = sum(len("".join(part.split())) for part in parts[1::2])
    return inside / whole if whole else 0.0
