"""The memory keeper: recalls what is known of a person, and writes down what an exchange taught.

MetaMind's social memory (arXiv 2505.18943): preferences, emotions, pain points, roles, lessons, long-term
hypotheses and a summary, all updated in one ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel

from ...core.message import Prompt, system, user
from ...memory.people.people import People
from ...memory.people.person import Note, Person
from ...memory.quotation import quoted
from ...memory.records.evidence import Source
from ...models.model import Model
from .hypothesis import AnyCase, Hypothesis, Share
from .situation import Situation


class Lesson(BaseModel):
    """One thing to note of a person, with the words that show it."""

    kind: Annotated[Note, AnyCase]
    text: str
    strength: Share
    evidence: str


class Lessons(BaseModel):
    """What an exchange taught, and the summary of the person brought up to date."""

    notes: list[Lesson]
    summary: str


@dataclass(frozen=True)
class NewNote:
    """A note to be written; fields as in `PersonNote`."""

    kind: Note
    text: str
    strength: float
    evidence: str

    @property
    def line(self) -> str:
        """The note in words."""
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class Learned:
    """What an exchange says of a person, and what was refused because nobody said the words it was to rest
    on. `summary` is the person's new one; empty: the old one stays."""

    notes: tuple[NewNote, ...] = ()
    refused: tuple[str, ...] = ()
    summary: str = ""

    @property
    def writes(self) -> list[str]:
        """Each thing that is to be written, in words."""
        summary = [f"summary: {self.summary}"] if self.summary else []
        return [note.line for note in self.notes] + summary


@dataclass(frozen=True)
class MemoryKeeper:
    """Keeps the memory of people: what is noted rests on words that were really said."""

    model: Model
    temperature: float = 0.0
    max_tokens: int | None = None

    async def learn(
        self, person: str, situation: Situation, hypothesis: Hypothesis | None, reply: str
    ) -> Learned:
        """Read an exchange whose reply was accepted for what it says of the person; nothing is written."""
        asked = EXCHANGE.fill(
            person=quoted(person),
            situation=situation.text,
            hypothesis=hypothesis.line if hypothesis else "none",
            reply=reply,
        )
        answer = await self.model.ask(
            [system(LEARN.fill()), user(asked)],
            answer=Lessons,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
        )
        said = Situation(f"{situation.words}\n{reply}")  # memory is no evidence for memory
        lessons = [one for one in answer.value.notes if one.text.strip()]
        kept = [one for one in lessons if said.quotes(one.evidence)]
        return Learned(
            tuple(
                NewNote(one.kind, one.text.strip(), one.strength, one.evidence.strip())
                for one in kept
            ),
            tuple(one.text.strip() for one in lessons if one not in kept),
            answer.value.summary.strip() if kept else "",  # resting on no note it would be a guess
        )


async def write_down(people: People, person: str, learned: Learned, source: Source) -> None:
    """Write what was learned of a person; written again it is the same notes."""
    for note in learned.notes:
        await people.note(
            person,
            note.kind,
            note.text,
            strength=note.strength,
            evidence=note.evidence,
            source=source,
        )
    if learned.summary:
        await people.summarize(person, learned.summary, source=source)


def recited(person: Person, most: int) -> str:
    """What is known of a person in lines: the summary, then the weightiest notes; empty for nobody known.

    Each is quoted on one line with its source: it is data, whatever it says.
    """
    lines = [f"summary: {quoted(person.summary, person.summary_source)}"] if person.summary else []
    for note in person.notes[:most]:
        lines.append(f"- {note.kind}: {quoted(note.text, note.source)} (weight {note.weight:.2f})")
    return "\n".join(lines)


LEARN = Prompt(
    "memory_keeper.learn",
    """You keep notes on a person, so that the next conversation can begin where this one ends. You are given
the person's name, what is known, the exchange, what the person probably had in mind, and the reply that was
sent.
Note only what is new or has changed and will matter later; often that is one note, or none.
preference: how they like to be spoken to, what they like. emotion: what they felt, with its cause; strength
is its intensity. pain point: what weighs on them again and again. role: what they are, to whom. hypothesis:
what may hold of them beyond today; strength is how sure it is. experience: what a reply taught about how to
treat them.
Each note is one sentence that can be understood alone. Its evidence is copied word for word from what was
said now; a note without such words is not kept. Do not note what the probable state of mind alone suggests,
nor secrets of others, nor illnesses they did not name.
The summary says in two or three sentences what somebody meeting them should know: the old one brought up to
date.""",
)
EXCHANGE = Prompt(
    "memory_keeper.exchange",
    """The person: {person}

{situation}

What the person probably had in mind:
{hypothesis}

The reply that was sent:
{reply}""",
)
