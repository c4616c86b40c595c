"""Rows of attempts: samples, programs, refinements, trials, plans and verdicts on them."""

from __future__ import annotations

import re
from typing import ClassVar

from metathink.meta.sample import Label, Question, Sample

from .record import Form
from .row import Part, Row
from .row_answer import AgentAnswer


class _Drawn(Part):
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
    other_methods: tuple[AgentAnswer, ...] = ()

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
    io_samples: tuple[_Drawn, ...] = ()

    def group(self) -> str:
        return self.puzzle

    def question_asked(self) -> Question:
        return Question(self.puzzle, task="game24")

    def answers(self) -> list[tuple[Sample, Label]]:
        thought = [s.pair("cot", "cot") for s in self.cot_samples]
        return thought + [s.pair("io", "io") for s in self.io_samples]


class _Run(Part):
    agent: str
    model: str = ""
    strategy: str = ""
    solution: str
    text_recorded: bool = True
    correct: bool
    passes: str | None = None
    n_reflections: int = 0
    reflections: tuple[str, ...] = ()

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


class _Program(Part):
    solution: str
    correct: bool
    passes: str


class _Test(Part):
    test: str


class Tested(Row):
    """Programs with the results of tests that a model wrote.

    Agents whose text was kept only where they succeeded are left out: the text would tell.
    """

    form: ClassVar[Form] = Form.TESTED
    prompt: str
    entry_point: str = ""
    generated_tests: list[_Test]
    gpt_runs: tuple[_Run, ...] = ()
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


class _Trial(Part):
    trial: int
    thought: str | None = None
    answer: str | None = None
    correct: bool
    reflection: str | None = None


class _TrialRun(Part):
    condition: str
    trials: list[_Trial]


class Trials(Row):
    """Trials in order; they stop at success, so a component must see them one by one."""

    form: ClassVar[Form] = Form.TRIALS
    question: str
    supporting_context: tuple[str, ...] = ()
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


class _Plan(Part):
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
