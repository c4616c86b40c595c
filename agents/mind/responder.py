"""The responder: answers a person in the light of what goes on in their mind, and judges the answer.

MetaMind (arXiv 2505.18943), stage 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from ...core.message import Prompt, system, user
from ...core.off_loop import off_loop
from ...models.model import Model
from ...models.typed.answer_type import TextOrEmpty
from ..answer_form import AnswerForm
from .constraint import Constraint
from .hypothesis import Hypothesis, Share
from .situation import Situation


class Assessment(BaseModel):
    """How good a reply is, 0 to 1 each, what is wrong with it, and the reply rewritten accordingly."""

    empathy: Share
    coherence: Share
    critique: TextOrEmpty
    revision: TextOrEmpty

    def utility(self, weight: float = 0.8) -> float:
        """U = beta empathy + (1 - beta) coherence (stage 3); `weight` is beta."""
        return weight * self.empathy + (1 - weight) * self.coherence


@dataclass(frozen=True)
class Pick:
    """The option chosen, with the reasoning. `confidence` is the probability of the least sure token,
    None without them; `truncated` says that it was cut at its token cap."""

    text: str
    answer: str
    confidence: float | None = None
    truncated: bool = False


@dataclass(frozen=True)
class Responder:
    """Finds the words, and sees where they miss. `part` is whom it speaks as."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None
    part: str = "a considerate conversation partner"

    async def respond(
        self, situation: Situation, hypothesis: Hypothesis | None, rules: Sequence[Constraint] = ()
    ) -> str:
        """A reply to the last message."""
        reply = await self.model.ask(
            [
                system(RESPOND.fill(part=self.part, rules=_lines(rules))),
                user(_understood(situation, hypothesis)),
            ],
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        return reply.text.strip()

    async def validate(
        self,
        situation: Situation,
        hypothesis: Hypothesis | None,
        draft: str,
        rules: Sequence[Constraint] = (),
        accept: float = 0.9,
    ) -> Assessment:
        """Judge a reply, and rewrite it after the critique where a score is under `accept`."""
        judged = DRAFT.fill(situation=_understood(situation, hypothesis), draft=draft)
        rubric = VALIDATE.fill(part=self.part, rules=_lines(rules), accept=f"{accept:g}")
        reply = await self.model.ask(
            [system(rubric), user(judged)],
            answer=Assessment,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        return reply.value

    async def choose(
        self, situation: Situation, hypothesis: Hypothesis | None, form: AnswerForm
    ) -> Pick:
        """Answer a question about people's minds, with options or without, in that form."""
        reply = await self.model.ask(
            [system(CHOOSE.fill(form=form.request)), user(_understood(situation, hypothesis))],
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            logprobs=0,
        )
        choice = reply.choices[0]
        text = choice.text
        answer = await off_loop(lambda: form.answer(text), len(text))
        return Pick(text, answer, form.confidence(choice), reply.truncated)


def _understood(situation: Situation, hypothesis: Hypothesis | None) -> str:
    if hypothesis is None:
        return SITUATION.fill(situation=situation.text)
    return UNDERSTOOD.fill(
        situation=situation.text, kind=hypothesis.kind, hypothesis=" ".join(hypothesis.text.split())
    )


def _lines(rules: Sequence[Constraint]) -> str:
    return (
        "\n".join(f"- When {rule.condition}: {rule.rule}." for rule in rules)
        or "- none in particular"
    )


RESPOND = Prompt(
    "responder.respond",
    """You speak as {part}. Answer the last message. What the person in focus probably has in mind is noted
below the situation: let it guide what you address and how, without announcing that you have guessed it, and
without treating a guess as a fact. Meet the feeling first, then the matter; be concrete; use the person's
own language and about their length; ask at most one question. Where it helps, and only there, use what is
known of the person, as somebody would who remembers. Keep these rules:
{rules}

Write the reply and nothing else.""",
)
VALIDATE = Prompt(
    "responder.validate",
    """You judge a reply that was drafted by somebody who speaks as {part}, before it is sent. You did not
write it and are hard to please. Score two things from 0 to 1.
empathy: does it meet what the person feels and needs, also what is left unsaid; is the tone right for this
person, culture and role; does it avoid pressing, lecturing, flattering and pretending?
coherence: does it answer the last message, agree with the conversation, with what is known of the person and
with the facts, and hold together?
0.5 is a reply that would do for anybody; 0.9 is one that this person would be glad of; 1 leaves nothing to
wish. A reply that breaks one of these rules scores under 0.5:
{rules}

In the critique say in a sentence or two what is missing or wrong, with the words concerned. If either score
is under {accept}, write the whole reply anew as revision, mending just that; else leave revision empty.""",
)
CHOOSE = Prompt(
    "responder.choose",
    r"""You answer questions about what people believe, want, intend, feel or think. What a person knows is
only what they saw, were told or could infer. A hypothesis about the mind concerned may be noted below the
question: weigh it, it can be wrong. Think step by step: who knows what, and since when; then what the
question asks. At the end, {form}""",
)
SITUATION = Prompt("responder.situation", "{situation}")
UNDERSTOOD = Prompt(
    "responder.understood",
    """{situation}

What the person in focus probably has in mind ({kind}): {hypothesis}""",
)
DRAFT = Prompt("responder.draft", "{situation}\n\nThe reply to judge:\n{draft}")
