"""The theory-of-mind agent: what may go on in a person's mind.

MetaMind (arXiv 2505.18943), stage 1: readings, cross-check with the memory of the person, kinds, and
hypotheses, in one ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel

from ...core.message import Message, Prompt, system, user
from ...models.model import Model
from ...models.typed.answer_type import TextOrEmpty
from .hypothesis import KINDS, AnyCase, Hypothesis, Kind, Share, Support
from .situation import Situation


class Reading(BaseModel):
    """An everyday reading of what lies behind the words, and the excerpt it rests on."""

    reading: str
    excerpt: str


class Supposition(BaseModel):
    """A hypothesis as the model says it."""

    kind: Annotated[Kind, AnyCase]
    text: str
    evidence: TextOrEmpty
    memory: Annotated[Support, AnyCase]
    memory_score: int
    confidence: Share


class Suppositions(BaseModel):
    """Readings first: the hypotheses are made from them."""

    readings: list[Reading]
    hypotheses: list[Supposition]


@dataclass(frozen=True)
class TheoryOfMind:
    """Reads minds, carefully: excerpts that do not stand in the situation, and memories there are none of,
    are struck from what the model says.
    """

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def hypothesize(self, situation: Situation, k: int) -> list[Hypothesis]:
        """`k` hypotheses about the person in focus; fewer or more if the model says so."""
        asked = SITUATION.fill(situation=situation.text)
        return await self._ask([system(HYPOTHESIZE.fill(k=str(k))), user(asked)], situation)

    async def add(
        self, situation: Situation, known: Sequence[Hypothesis], kinds: Sequence[Kind], k: int
    ) -> list[Hypothesis]:
        """The ones lacking to `k` in all that say something else than those known, of these kinds first."""
        count = max(k - len(known), len(kinds), 1)
        more = MORE.fill(
            situation=situation.text,
            known="\n".join(f"- {one.line}" for one in known) or "- none",
            count=str(count),
            kinds=", ".join(kinds or KINDS),
        )
        return await self._ask([system(HYPOTHESIZE.fill(k=str(k))), user(more)], situation)

    async def _ask(self, messages: Sequence[Message], situation: Situation) -> list[Hypothesis]:
        reply = await self.model.ask(
            messages,
            answer=Suppositions,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        said = reply.value.hypotheses
        return [_checked(one, situation) for one in said if one.text.strip()]


def _checked(said: Supposition, situation: Situation) -> Hypothesis:
    remembered = bool(situation.memory)
    return Hypothesis(
        kind=said.kind,
        text=said.text.strip(),
        evidence=said.evidence.strip() if situation.quotes(said.evidence) else "",
        support=said.memory if remembered else "none",
        support_score=min(max(said.memory_score, 0), 5) if remembered else 0,
        confidence=said.confidence,
    )


HYPOTHESIZE = Prompt(
    "theory_of_mind.hypothesize",
    """You infer what goes on in a person's mind from what is said and done. You are given a situation; the
person in focus is the one who speaks last, or whom the question is about. Work in four steps.

1. Readings: three to five everyday readings of what lies behind the words, each with the excerpt it rests
on, copied word for word. At least one should not be the obvious one.
2. Memory: hold each against what is known of the person. Say strong, medium or weak, or none if nothing is
known that bears on it, and score it from 1 (memory speaks against it) to 5 (memory confirms it), 0 for none.
3. Kind: belief (what the person takes to be so, rightly or wrongly; mind what they saw and could not have
seen), desire (what they want), intention (what they are about to do), emotion (what they feel), thought
(what occupies them).
4. Hypotheses: write {k}, one or two sentences each, about this person now. Every kind occurs at least once
and no two say the same. The evidence is an excerpt copied word for word. The confidence, 0 to 1, says how
well words and memory support it; an explanation that would fit anybody deserves little.""",
)
SITUATION = Prompt("theory_of_mind.situation", "{situation}")
MORE = Prompt(
    "theory_of_mind.more",
    """{situation}

These hypotheses are there already:
{known}

Write {count} more that say something else. These kinds come first: {kinds}.""",
)
