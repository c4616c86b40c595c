"""How an answer is asked for at the end of a prompt, by its kind, and which part of the reply it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..core.kind import OPEN, AnswerKind
from ..core.text.extract import final_answer, stated_answer
from ..meta.answers.kind import kind_of_question, kind_of_reply
from ..models.request import Choice


@dataclass(frozen=True)
class AnswerForm:
    """The form of the answer to one question. With kind "auto" the reply decides what it is.

    `asked` is the question, where it is known.
    """

    kind: AnswerKind = "auto"
    asked: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the whole reply is the answer, whatever it says."""
        return self.kind in OPEN

    @property
    def request(self) -> str:
        """How the answer is to be given: the end of a sentence in a prompt."""
        return REQUESTS[self.kind]

    def is_whole(self, reply: str) -> bool:
        """Whether all of this reply is the answer."""
        return self.kind_of(reply) in OPEN

    def kind_of(self, reply: str) -> AnswerKind:
        """The kind of answer: the one asked for, else the one that the reply gives."""
        return kind_of_reply(reply) if self.kind == "auto" else self.kind

    def states_answer(self, reply: str) -> bool:
        """Whether an answer can be taken from a reply that was cut off: only a stated one."""
        return not self.is_open and stated_answer(reply) is not None

    def answer(self, reply: str) -> str:
        """The answer in the reply: the short one that it states, or all of it for an open kind.

        Where a short answer was asked for and none is stated, it is the last line; of one that repeats the
        question ("The capital of Peru is Lima"), what comes after that.
        """
        if self.is_whole(reply):
            return reply.strip()
        if (stated := stated_answer(reply)) is not None:
            return stated
        return _after_repetition(final_answer(reply), self.asked)

    def confidence(self, choice: Choice) -> float | None:
        """The probability of the answer's least sure token; None without log-probabilities, and for a
        whole reply, of which it says nothing."""
        return None if self.is_whole(choice.text) else choice.least_probability


def _after_repetition(line: str, asked: str) -> str:
    """What a line says after at least `REPEATED` words of the question; all of it where it does not."""
    words, known = line[:LONGEST_LINE].split(), {*_WORD.findall(asked[-LONGEST_LINE:].casefold())}
    first = next((n for n, word in enumerate(words) if not _known(word, known)), len(words))
    rest = words[first:]
    new = rest and not any(_known(word, known) for word in rest)
    return " ".join(rest) if new and first >= REPEATED and len(rest) <= ANSWER_WORDS else line


def _known(word: str, known: set[str]) -> bool:
    found = _WORD.findall(word.casefold())
    return bool(found) and known.issuperset(found)


def answer_form(question: str, kind: AnswerKind = "auto") -> AnswerForm:
    """The form for a question: of the kind given, else of the kind the question clearly asks for."""
    if kind != "auto":
        return AnswerForm(kind, question)
    asked = kind_of_question(question)
    return AnswerForm(asked.kind if asked.certain else "auto", question)


REPEATED: Final = 3
"""Words of the question that a line must begin with to count as its repetition."""
ANSWER_WORDS: Final = 5
"""Words of an answer that is taken out of a line, at most."""
LONGEST_LINE: Final = 2_000
"""Characters of a line and of a question that are looked at."""
_WORD: Final = re.compile(r"\w+")
_SHORT: Final = (
    r"give the final answer in \boxed{} and write nothing after it. If the question offers options, box the "
    "option exactly as it is labelled."
)
REQUESTS: Final[dict[AnswerKind, str]] = {
    "auto": r"if the question has one short answer, give it in \boxed{}. Otherwise write the whole answer "
    "out, without a box.",
    "number": r"give the final number in \boxed{} and write nothing after it.",
    "choice": r"give the right option in \boxed{}, exactly as it is labelled, and write nothing after it.",
    "short": _SHORT,
    "text": "write out the whole text.",
    "code": "write out the whole code in one fenced block.",
    "json": "write out the whole JSON and nothing else.",
}
