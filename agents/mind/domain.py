"""The domain agent: revises hypotheses under cultural, ethical and role rules, and weighs them.

MetaMind (arXiv 2505.18943), stage 2 (version 3 of the paper calls it the moral agent).
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel

from ...core.message import Prompt, system, user
from ...models.model import Model
from ...models.request import Choice, Token
from .constraint import Constraint, rules_text
from .hypothesis import AnyCase, Elicited, Hypothesis, Kind, Modification, scored
from .situation import Situation

ALTERNATIVES = 5
"""Likeliest alternatives asked for at each token, to find both verdicts (some hosts give no more)."""
LEAST_MASS = 0.5
"""Verdicts that hold less than this share of a token's probability are no verdict."""


class Change(BaseModel):
    """What was changed for the sake of a rule."""

    rule: str
    what: str


class Revision(BaseModel):
    """A hypothesis, by its number, as it should read."""

    number: int
    kind: Annotated[Kind, AnyCase]
    text: str
    changes: list[Change]


class Revisions(BaseModel):
    """The hypotheses that the rules change."""

    revisions: list[Revision]


@dataclass(frozen=True)
class Domain:
    """Knows what may be supposed of people. `weight` is lambda and `epsilon` the number under the
    logarithms of the score (see `scored`).
    """

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    weight: float = 0.7
    epsilon: float = 1e-10

    async def refine(
        self, situation: Situation, hypotheses: Sequence[Hypothesis], rules: Sequence[Constraint]
    ) -> list[Hypothesis]:
        """The hypotheses, in their order, reworded where a rule asks for it, with the modification log.

        One that the model leaves out stays as it is; numbers and rules that do not exist are ignored.
        """
        asked = HYPOTHESES.fill(situation=situation.text, hypotheses=_grounded(hypotheses))
        reply = await self.model.ask(
            [system(REFINE.fill(rules=rules_text(rules))), user(asked)],
            answer=Revisions,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        first = {one.number: one for one in reversed(reply.value.revisions)}
        known = {rule.id for rule in rules}
        return [_revised(one, first.get(number), known) for number, one in enumerate(hypotheses, 1)]

    async def weigh(
        self, situation: Situation, hypotheses: Sequence[Hypothesis]
    ) -> list[Hypothesis]:
        """The hypotheses with their probability in the situation, their prior, and their score.

        Two asks at once, each about all hypotheses: one with the situation and what each rests on, one with
        the bare hypotheses.
        """
        within = HYPOTHESES.fill(situation=situation.text, hypotheses=_grounded(hypotheses))
        in_context, priors = await _both(
            self._elicit(IN_CONTEXT, within, len(hypotheses)),
            self._elicit(PRIOR, ALONE.fill(hypotheses=_numbered(hypotheses)), len(hypotheses)),
        )
        return [
            replace(one, in_context=here, prior=alone, score=self._score(here, alone))
            for one, here, alone in zip(hypotheses, in_context, priors, strict=True)
        ]

    async def _elicit(self, prompt: Prompt, asked: str, count: int) -> list[Elicited]:
        reply = await self.model.ask(
            [system(prompt.fill()), user(asked)],
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            logprobs=ALTERNATIVES,
        )
        measured, stated = _measured(reply.choices[0]), _stated(reply.text)
        return [
            measured.get(number) or stated.get(number) or Elicited()
            for number in range(1, count + 1)
        ]

    def _score(self, in_context: Elicited, prior: Elicited) -> float:
        return scored(in_context.value, prior.value, self.weight, self.epsilon)


async def _both(*work: Coroutine[Any, Any, list[Elicited]]) -> list[list[Elicited]]:
    """Both results; a failure is raised when both have ended, so that none is left running."""
    found: list[list[Elicited]] = []
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        found.append(outcome)
    return found


def origins(hypotheses: Sequence[Hypothesis]) -> dict[str, int]:
    """How many of the probabilities were read from log-probabilities, stated, and missing."""
    read = [found.origin for one in hypotheses for found in (one.in_context, one.prior)]
    return {origin: read.count(origin) for origin in ("log-probabilities", "stated", "missing")}


def _numbered(hypotheses: Sequence[Hypothesis]) -> str:
    return "\n".join(f"{number}. {one.line}" for number, one in enumerate(hypotheses, 1))


def _grounded(hypotheses: Sequence[Hypothesis]) -> str:
    return "\n".join(f"{number}. {one.grounded}" for number, one in enumerate(hypotheses, 1))


def _revised(one: Hypothesis, said: Revision | None, known: set[str]) -> Hypothesis:
    """What changed is looked up, not believed: the same wording is no modification."""
    if said is None or not said.text.strip():
        return one
    if (said.kind, said.text.strip()) == (one.kind, one.text):
        return one
    log = [Modification(c.rule.strip(), c.what) for c in said.changes if c.rule.strip() in known]
    return replace(
        one, kind=said.kind, text=said.text.strip(), before=one.line, modifications=tuple(log)
    )


# --- reading probabilities ------------------------------------------------------------------------------

_VERDICT = re.compile(r"^[ \t]*(?P<number>\d{1,6})[:.)][ \t]*(?P<verdict>true|false)", re.M | re.I)
_LINE = re.compile(
    r"[ \t]*(?P<number>\d{1,6})[:.)][ \t]*(?:true|false)?\W{0,20}(?:probability)?\W{0,20}?"
    r"(?P<value>\d{0,40}\.?\d{1,40})[ \t]*(?P<percent>%?)[ \t.]*",
    re.I,
)
_LONGEST = 200
"""Characters of a line that states a probability."""


def _stated(text: str) -> dict[int, Elicited]:
    """The numbers written, by line; what is no probability is left out, and the first of two counts."""
    found: dict[int, Elicited] = {}
    for written in text.splitlines():
        line = _LINE.fullmatch(written) if len(written) <= _LONGEST else None
        if line is None:
            continue
        value = float(line["value"]) / (100 if line["percent"] else 1)
        if value <= 1:
            found.setdefault(int(line["number"]), Elicited(value, "stated"))
    return found


def _measured(choice: Choice) -> dict[int, Elicited]:
    """P(true) at each line's verdict, from the token there; empty without log-probabilities."""
    text = "".join(token.text for token in choice.tokens)
    if not text or text.strip() != choice.text.strip():
        return {}
    found: dict[int, Elicited] = {}
    for line in _VERDICT.finditer(text):
        token = _token_at(choice.tokens, line.start("verdict"))
        if (value := _true_share(token)) is not None:
            found.setdefault(int(line["number"]), Elicited(value, "log-probabilities"))
    return found


def _token_at(tokens: Sequence[Token], position: int) -> Token:
    """The token that holds this character."""
    end = 0
    for token in tokens:
        end += len(token.text)
        if position < end:
            return token
    raise IndexError(position)


def _true_share(token: Token) -> float | None:
    """P(true) / (P(true) + P(false)) over the token and its alternatives.

    Where only one of the two is among them, the other has what is left of the probability.
    """
    chances = {text: math.exp(min(0.0, logprob)) for text, logprob in token.top}
    chances.setdefault(token.text, math.exp(min(0.0, token.logprob)))
    true = sum(chance for text, chance in chances.items() if _begins(text, "true"))
    false = sum(chance for text, chance in chances.items() if _begins(text, "false"))
    if not true + false >= LEAST_MASS:
        return None
    if true and false:
        return true / (true + false)
    return min(1.0, true) if true else max(0.0, 1 - false)


def _begins(text: str, word: str) -> bool:
    said = text.strip().lower()
    return bool(said) and word.startswith(said)


REFINE = Prompt(
    "domain.refine",
    """You check what is supposed about a person against rules, so that it is fair and fits the culture and
the roles at hand. You are given a situation and numbered hypotheses about the person in focus, with what each
was made from in brackets. Go through each: which rules does the situation call up, and does the hypothesis
keep them? Where it does not, or where a rule makes a better reading likely, write it anew, one or two
sentences, as near to the old one as the rules allow, without the brackets; its kind may change. For every
change name the rule by its id and say what you changed. Leave hypotheses that need no change out of your
reply. Do not add new ones.

guide: mind it. reflect: think again before you keep the hypothesis. deny: never.

{rules}""",
)
HYPOTHESES = Prompt(
    "domain.hypotheses", "{situation}\n\nHypotheses about the person in focus:\n{hypotheses}"
)
ALONE = Prompt("domain.alone", "Statements about a person:\n{hypotheses}")
IN_CONTEXT = Prompt(
    "domain.in_context",
    """You judge hypotheses about a person. Given the situation, how probable is each? In brackets behind a
hypothesis stands what it was made from: the words, and a note on the person with a score from 1 (the note
speaks against it) to 5 (the note confirms it). Judge each for itself. Write one line for each, in order, and
nothing else: its number, true or false, and the probability from 0 to 1 that it is true. For example:
1: true, probability 0.8
2: false, probability 0.25""",
)
PRIOR = Prompt(
    "domain.prior",
    """You judge statements about a person you know nothing of: not who it is, nor what was said or happened.
How probable is each of an arbitrary person in an arbitrary conversation or story? What holds of most people
is probable; what is particular is not. Judge each for itself. Write one line for each, in order, and
nothing else: its number, true or false, and the probability from 0 to 1 that it is true. For example:
1: true, probability 0.8
2: false, probability 0.05""",
)
