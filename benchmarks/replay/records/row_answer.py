"""Rows of answers: by agents, by methods, with what was stated, judged or estimated."""

from __future__ import annotations

import re
from typing import ClassVar

from metathink.meta.sample import Kind, Label, Question, Sample

from .record import Form
from .row import Part, Row


def _kind(options: list[str] | None, answers: list[str | None]) -> Kind:
    """The kind of answer, told by the options and by what the speakers said."""
    if options:
        return "option"
    said = [a for a in answers if a]
    numeric = sum(re.fullmatch(r"[-+$]?[\d,]*\.?\d+%?", a.strip()) is not None for a in said)
    return "number" if said and numeric * 2 > len(said) else "text"


class AgentAnswer(Part):
    agent: str
    model: str = ""
    method: str = ""
    response: str = ""
    answer: str | None
    correct: bool

    def pair(self) -> tuple[Sample, Label]:
        sample = Sample(
            answer=self.answer,
            speaker=self.agent,
            model=self.model,
            method=self.method,
            text=self.response,
        )
        return sample, Label(self.correct)


class Agents(Row):
    form: ClassVar[Form] = Form.AGENTS
    question: str
    options: list[str] | None = None
    responses: list[AgentAnswer]

    def group(self) -> str:
        return self.question

    def question_asked(self) -> Question:
        kind = _kind(self.options, [r.answer for r in self.responses])
        return Question(self.question, tuple(self.options or ()), kind=kind)

    def answers(self) -> list[tuple[Sample, Label]]:
        return [r.pair() for r in self.responses]


class Pair(Row):
    """Thinking and answering at once, by one model, on a task with a target."""

    form: ClassVar[Form] = Form.PAIR
    task: str = ""
    input: str
    responses: list[AgentAnswer]

    def group(self) -> str:
        return f"{self.task}\n{self.input}"

    def question_asked(self) -> Question:
        return Question(self.input, task=self.task)

    def answers(self) -> list[tuple[Sample, Label]]:
        return [r.pair() for r in self.responses]


class _MethodAnswer(Part):
    method: str
    final_response: str = ""
    answer: str | None
    n_rounds: int | None = None
    correct: bool


class Methods(Row):
    form: ClassVar[Form] = Form.METHODS
    task: str = ""
    input: str
    responses: list[_MethodAnswer]

    def group(self) -> str:
        return f"{self.task}\n{self.input}"

    def question_asked(self) -> Question:
        return Question(self.input, task=self.task)

    def answers(self) -> list[tuple[Sample, Label]]:
        return [
            (
                Sample(
                    answer=r.answer,
                    speaker=r.method,
                    method=r.method,
                    text=r.final_response,
                    rounds=r.n_rounds,
                ),
                Label(r.correct),
            )
            for r in self.responses
        ]


def _text(answer: bool | str | None) -> str | None:
    return None if answer is None else str(answer)


class _StatedAnswer(Part):
    model: str
    answer: bool | str | None
    correct: bool
    stated_probs: dict[str, float | None] | None = None
    stated_confidence: float | None = None
    token_probs: dict[str, float | None] | None = None
    reasoning: str | None = None

    def pair(self) -> tuple[Sample, Label]:
        answer = _text(self.answer)
        stated = {k: v for k, v in (self.stated_probs or {}).items() if v is not None}
        tokens = {k.removesuffix("_prob"): v for k, v in (self.token_probs or {}).items()}
        sample = Sample(
            answer=answer,
            speaker=self.model,
            model=self.model,
            text=self.reasoning or "",
            stated=stated.get(answer or "") if stated else self.stated_confidence,
            distribution=stated or None,
            token_probability=tokens.get(answer or ""),
        )
        return sample, Label(self.correct)


class Stated(Row):
    form: ClassVar[Form] = Form.STATED
    dataset: str = ""
    question: str | None
    options: list[str] | None = None
    n_options: int | None = None
    responses: list[_StatedAnswer]

    def group(self) -> str:
        return self.question or self.id

    def question_asked(self) -> Question:
        options = self.options or [""] * (self.n_options or 0)
        truth = any(isinstance(r.answer, bool) for r in self.responses)
        kind: Kind = "truth" if truth else "option" if options else "text"
        return Question(self.question or "", tuple(options), task=self.dataset, kind=kind)

    def answers(self) -> list[tuple[Sample, Label]]:
        return [r.pair() for r in self.responses]


class _Judgement(Part):
    model: str
    stated_confidence: float | None


class Judges(Row):
    """Each sample is a judge's confidence that the shown answer is right; the truth is shared."""

    form: ClassVar[Form] = Form.JUDGES
    dataset: str = ""
    question: str
    knowledge: str = ""
    shown_answer: str
    is_right: bool
    responses: list[_Judgement]

    def group(self) -> str:
        return self.question

    def question_asked(self) -> Question:
        return Question(f"{self.knowledge}\n{self.question}", task=self.dataset, kind="truth")

    def answers(self) -> list[tuple[Sample, Label]]:
        label = Label(self.is_right)
        return [
            (
                Sample(
                    answer=self.shown_answer,
                    speaker=r.model,
                    model=r.model,
                    stated=r.stated_confidence,
                ),
                label,
            )
            for r in self.responses
        ]


class _Estimate(Part):
    model: str
    estimate: float | None
    stated_confidence: float | None
    true_prob_within_radius: float | None


class Known(Row):
    form: ClassVar[Form] = Form.KNOWN
    dataset: str = ""
    question: str
    confidence_question: str = ""
    radius_years: float | None = None
    responses: list[_Estimate]

    def group(self) -> str:
        return self.question

    def question_asked(self) -> Question:
        words = f"{self.question}\n{self.confidence_question}"
        return Question(words, task=self.dataset, kind="number")

    def answers(self) -> list[tuple[Sample, Label]]:
        return [
            (
                Sample(
                    answer=None if r.estimate is None else f"{r.estimate:g}",
                    speaker=r.model,
                    model=r.model,
                    stated=r.stated_confidence,
                ),
                Label(r.true_prob_within_radius),
            )
            for r in self.responses
            if r.true_prob_within_radius is not None
        ]


class _Score(Part):
    model: str
    correct: bool
    confidence: float | None


class Scores(Row):
    form: ClassVar[Form] = Form.SCORES
    confidence_scale: str = "0-10"
    responses: list[_Score]

    def answers(self) -> list[tuple[Sample, Label]]:
        found = re.search(r"0\s*-\s*(\d+)", self.confidence_scale)
        scale = float(found.group(1)) if found else 1.0
        return [
            (
                Sample(
                    answer=None,
                    speaker=r.model,
                    model=r.model,
                    stated=None if r.confidence is None else r.confidence / scale,
                ),
                Label(r.correct),
            )
            for r in self.responses
        ]


class Routes(Row):
    """Correctness of a strong and of a weak model; their answers were not recorded."""

    form: ClassVar[Form] = Form.ROUTES
    subject: str = ""
    prompt: str
    gpt4_1106_correct: bool
    mixtral_8x7b_correct: bool

    def group(self) -> str:
        return self.prompt

    def question_asked(self) -> Question:
        return Question(self.prompt, task=self.subject, kind="option")

    def answers(self) -> list[tuple[Sample, Label]]:
        pairs = (("gpt4_1106", self.gpt4_1106_correct), ("mixtral_8x7b", self.mixtral_8x7b_correct))
        return [(Sample(answer=None, speaker=m, model=m), Label(right)) for m, right in pairs]
