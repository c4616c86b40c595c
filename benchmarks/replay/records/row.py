"""What every row of a recording has: an id, a question, answers with their truth."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from metathink.meta.sample import Label, Question, Sample

from .record import Form, Record


class Row(BaseModel):
    """One line of a recording; fields not named are ignored."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())
    form: ClassVar[Form]
    id: str

    def group(self) -> str:
        """What twins of one question share, so that they fall into one fold."""
        return self.id

    def question_asked(self) -> Question:
        return Question()

    def answers(self) -> list[tuple[Sample, Label]]:
        raise NotImplementedError

    def written_tests(self) -> tuple[str, ...]:
        return ()

    def record(self) -> Record:
        pairs = self.answers()
        return Record(
            id=self.id,
            form=self.form,
            group=self.group(),
            question=self.question_asked(),
            samples=tuple(sample for sample, _ in pairs),
            labels=tuple(label for _, label in pairs),
            tests=self.written_tests(),
        )


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())
