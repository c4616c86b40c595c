"""The forms in which recordings come, each a typed row that turns into a `Record`.

A row names its form by the fields it has. Fields that tell the truth, or from which it could be
told (counts of correct answers, a run's length where runs stop at success, an id that ends in
"-right"), become labels or are dropped here; nothing behind this file reads the raw row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from ...core.errors import InvalidInput
from ...meta.sample import Kind, Label, Question, Sample
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


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", protected_namespaces=())


def _kind(options: list[str] | None, answers: list[str | None]) -> Kind:
    """The kind of answer, told by the options and by what the speakers said."""
    if options:
        return "option"
    said = [a for a in answers if a]
    numeric = sum(re.fullmatch(r"[-+$]?[\d,]*\.?\d+%?", a.strip()) is not None for a in said)
    return "number" if said and numeric * 2 > len(said) else "text"


class _AgentAnswer(_Part):
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
    responses: list[_AgentAnswer]

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
    responses: list[_AgentAnswer]

    def group(self) -> str:
        return f"{self.task}\n{self.input}"

    def question_asked(self) -> Question:
        return Question(self.input, task=self.task)

    def answers(self) -> list[tuple[Sample, Label]]:
        return [r.pair() for r in self.responses]


class _MethodAnswer(_Part):
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


class _StatedAnswer(_Part):
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


class _Judgement(_Part):
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


class _Estimate(_Part):
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


class _Score(_Part):
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


class _Drawn(_Part):
    answer: str | None = None
    choice: str | None = None
    program: str | None = None
    response: str | None = None
    error: str | None = None
    correct: bool

    def pair(self, speaker: str, method: str) -> tuple[Sample, Label]:
        sample = Sample(
            answer=self.choice if self.program is not None else self.answer,
            speaker=speaker,
            model=speaker,
            method=method,
            text=self.program or self.response or "",
        )
        return sample, Label(self.correct)


class Samples(Row):
    """Many samples of one model, then at most a few answers of other agents."""

    form: ClassVar[Form] = Form.SAMPLES
    task: str = ""
    question: str | None = None
    code: str | None = None
    input: str | None = None
    output: str | None = None
    options: list[str] | None = None
    samples: list[_Drawn]
    other_methods: list[_AgentAnswer] = []

    def group(self) -> str:
        return self.question or self.code or self.id

    def question_asked(self) -> Question:
        if self.question is not None:
            return Question(self.question, tuple(self.options or ()), kind="option")
        given = self.output if self.task == "input_prediction" else self.input
        return Question(f"{self.code}\n{given}", task=self.task, kind="code")

    def answers(self) -> list[tuple[Sample, Label]]:
        drawn = [s.pair("sampled", "sampled") for s in self.samples]
        return drawn + [other.pair() for other in self.other_methods]


class Puzzle(Row):
    """Samples with and without a chain of thought for one number puzzle."""

    form: ClassVar[Form] = Form.SAMPLES
    puzzle: str
    cot_samples: list[_Drawn]
    io_samples: list[_Drawn] = []

    def group(self) -> str:
        return self.puzzle

    def question_asked(self) -> Question:
        return Question(self.puzzle, task="game24")

    def answers(self) -> list[tuple[Sample, Label]]:
        thought = [s.pair("cot", "cot") for s in self.cot_samples]
        return thought + [s.pair("io", "io") for s in self.io_samples]


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


class _Run(_Part):
    agent: str
    model: str = ""
    strategy: str = ""
    solution: str
    text_recorded: bool = True
    correct: bool
    passes: str | None = None
    n_reflections: int = 0
    reflections: list[str] = []

    def pair(self) -> tuple[Sample, Label]:
        sample = Sample(
            answer=self.solution,
            speaker=self.agent,
            model=self.model,
            method=self.strategy,
            text=self.solution,
            critiques=tuple(self.reflections),
            passes=None if self.passes is None else tuple(c == "1" for c in self.passes),
            rounds=1 + self.n_reflections,
        )
        return sample, Label(self.correct)


class Refined(Row):
    form: ClassVar[Form] = Form.REFINED
    prompt: str
    entry_point: str = ""
    runs: list[_Run]

    def group(self) -> str:
        return self.prompt

    def question_asked(self) -> Question:
        return Question(self.prompt, task=self.entry_point, kind="code")

    def answers(self) -> list[tuple[Sample, Label]]:
        return [run.pair() for run in self.runs]


class _Program(_Part):
    solution: str
    correct: bool
    passes: str


class _Test(_Part):
    test: str


class Tested(Row):
    """Programs with the results of tests that a model wrote.

    Agents whose text was kept only where they succeeded are left out: the text would tell.
    """

    form: ClassVar[Form] = Form.TESTED
    prompt: str
    entry_point: str = ""
    generated_tests: list[_Test]
    gpt_runs: list[_Run] = []
    codegen_samples: list[_Program]
    told: ClassVar[frozenset[str]] = frozenset(
        {"gpt35_simple", "davinci003_simple", "gpt4_simple_a", "gpt4_reflexion"}
    )

    def group(self) -> str:
        return self.prompt

    def question_asked(self) -> Question:
        return Question(self.prompt, task=self.entry_point, kind="code")

    def written_tests(self) -> tuple[str, ...]:
        return tuple(t.test for t in self.generated_tests)

    def answers(self) -> list[tuple[Sample, Label]]:
        drawn = [
            _Run(agent="sampled", strategy="sampled", **p.model_dump()).pair()
            for p in self.codegen_samples
        ]
        return drawn + [run.pair() for run in self.gpt_runs if run.agent not in self.told]


class _Trial(_Part):
    trial: int
    thought: str | None = None
    answer: str | None = None
    correct: bool
    reflection: str | None = None


class _TrialRun(_Part):
    condition: str
    trials: list[_Trial]


class Trials(Row):
    """Trials in order; they stop at success, so a component must see them one by one."""

    form: ClassVar[Form] = Form.TRIALS
    question: str
    supporting_context: list[str] = []
    runs: list[_TrialRun]

    def group(self) -> str:
        return self.question

    def question_asked(self) -> Question:
        return Question(self.question, kind="text")

    def answers(self) -> list[tuple[Sample, Label]]:
        return [
            (
                Sample(
                    answer=t.answer,
                    speaker=run.condition,
                    method=run.condition,
                    text=t.thought or "",
                    critiques=(t.reflection,) if t.reflection else (),
                    rounds=t.trial,
                ),
                Label(t.correct),
            )
            for run in self.runs
            for t in run.trials
        ]


class _Plan(_Part):
    agent: str
    model: str = ""
    prompting: str = ""
    plan: str | None
    valid: bool


class Plans(Row):
    form: ClassVar[Form] = Form.PLANS
    statement: str
    plans: list[_Plan]

    def group(self) -> str:
        return self.statement

    def question_asked(self) -> Question:
        return Question(self.statement, task="blocksworld", kind="text")

    def answers(self) -> list[tuple[Sample, Label]]:
        return [
            (
                Sample(
                    answer=p.plan,
                    speaker=p.agent,
                    model=p.model,
                    method=p.prompting,
                    text=p.plan or "",
                ),
                Label(p.valid),
            )
            for p in self.plans
        ]


class Verdicts(Row):
    """Two critics' verdicts on one shown plan; a verdict is the sample's answer."""

    form: ClassVar[Form] = Form.VERDICTS
    statement: str
    candidate_plan: str
    plan_valid: bool
    gpt4_response: str
    davinci002_response: str

    def group(self) -> str:
        return self.statement

    def question_asked(self) -> Question:
        return Question(f"{self.statement}\n{self.candidate_plan}", kind="truth")

    def answers(self) -> list[tuple[Sample, Label]]:
        said = (("gpt4", self.gpt4_response), ("davinci002", self.davinci002_response))
        return [self._verdict(model, words) for model, words in said]

    def _verdict(self, model: str, words: str) -> tuple[Sample, Label]:
        says = not re.search(r"\b(invalid|not valid)\b", words, re.IGNORECASE)
        sample = Sample(answer=str(says), speaker=model, model=model, text=words)
        return sample, Label(says == self.plan_valid)


def _first(row: Mapping[str, object], field: str) -> Mapping[str, object]:
    """The first entry of a list field; empty when there is none."""
    entries = row.get(field)
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        return cast("Mapping[str, object]", entries[0])
    return {}


SIGNS: tuple[tuple[Callable[[Mapping[str, object]], bool], type[Row]], ...] = (
    (lambda r: "is_right" in r, Judges),
    (lambda r: "true_prob_within_radius" in _first(r, "responses"), Known),
    (lambda r: "confidence" in _first(r, "responses"), Scores),
    (lambda r: "target" in r and "n_rounds" in _first(r, "responses"), Methods),
    (lambda r: "target" in r and "agent" in _first(r, "responses"), Pair),
    (lambda r: "agent" in _first(r, "responses"), Agents),
    (lambda r: bool({"stated_probs", "stated_confidence"} & _first(r, "responses").keys()), Stated),
    (lambda r: "cot_samples" in r, Puzzle),
    (lambda r: "codegen_samples" in r, Tested),
    (lambda r: "samples" in r, Samples),
    (lambda r: "gpt4_1106_correct" in r, Routes),
    (lambda r: "trials" in _first(r, "runs"), Trials),
    (lambda r: "solution" in _first(r, "runs"), Refined),
    (lambda r: "plans" in r, Plans),
    (lambda r: "candidate_plan" in r, Verdicts),
)


def parse(row: Mapping[str, object], where: str) -> Record:
    """The record of one line; raises `InvalidInput` for an unknown or a broken form."""
    for fits, kind in SIGNS:
        if fits(row):
            try:
                return kind.model_validate(row).record()
            except ValidationError as error:
                raise InvalidInput(f"{where}: {error}") from error
    raise InvalidInput(f"{where}: the replay bench knows no form with {', '.join(sorted(row))}")
