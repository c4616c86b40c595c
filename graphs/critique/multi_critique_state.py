"""What MultiCritique can be told and what it knows on its way (see `multi_critique`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from ...core.critique import Case, Criterion, Critique, FinalCritique, Kind, Labelled
from ...core.record import Step
from ...models.model import Model
from ...runtime.machine import Settings, State

R = TypeVar("R")


@dataclass
class MultiCritiqueSettings(Settings):
    """What MultiCritique can be told. The pairs for training are made only if `pairs_file` is named."""

    response: str = ""
    """The answer to criticise; empty: the one that comes in with the question, else the reasoner's."""
    critics: str = ""
    """Model strings of the critics, parted by commas; empty: `model`, `number_of_critics` times."""
    number_of_critics: int = 4
    """Critics where none are named (paper, multi-agent pipeline: 4)."""
    critic_temperature: float = 0.7
    """Sampling temperature of critics that share a model, so that they differ."""
    crucial_model: str = ""
    """Model that describes the task, sets criteria and writes the reference; empty: `model`."""
    meta_model: str = ""
    """Model of the meta-critic and the aggregator (paper: GPT-4; better none of the critics)."""
    reviser_model: str = ""
    """Model of the reviser; empty: `model`."""
    judge_model: str = ""
    """Model that compares the answers; empty: `model`."""
    primary_criteria: str = ""
    """Primary criteria to keep and extend: `name (importance): description`, parted by lines or `;`."""
    fine_criteria: int = 15
    """Fine-grained criteria in all, at most (paper, crucial information: 15)."""
    fine_per_dimension: int = 3
    """Fine-grained criteria under each primary one, at most (paper, crucial information: 3)."""
    with_task: bool = True
    """Describe the task (ablation: without)."""
    with_criteria: bool = True
    """Make criteria for this task; without: `primary_criteria`, else the general ones (ablation)."""
    with_reference: bool = True
    """Write a reference answer, except for math and code (ablation: without)."""
    with_meta_critique: bool = True
    """Judge the critics; without, every unit is taken on trust (ablation)."""
    critique_only: bool = False
    """Stop at the aggregated critique, which is then the answer (the paper's own use)."""
    pairs_file: str = ""
    """JSONL file to append preference pairs of critiques to; empty: none are made."""
    pair_gap: int = 5
    """Least difference of accumulated severity for a pair (paper, preference pairs: 5)."""
    pair_revisers: str = ""
    """Model strings of the revisers that validate pairs (paper, MARV: 4); empty: the reviser's."""
    pair_revisions: int = 8
    """Revisions of each reviser under each critique (paper, MARV: 8)."""
    pair_scorer: str = ""
    """Model that grades revisions (paper: a reward model); empty: the judge's."""
    pair_gold: str = ""
    """The right answer, if known: revisions are then scored by exact match and no model grades."""


@dataclass
class MultiCritiqueState(State):
    """Plus all that lies between the answer and its critique."""

    response: str = ""
    task: str = ""
    task_kind: Kind = "text"
    pieces: list[str] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    reference: str = ""
    critiques: list[Critique] = field(default_factory=list)
    labelled: list[Labelled] = field(default_factory=list)
    final: FinalCritique | None = None
    revision: str = ""
    revised_answer: str = ""
    revised_confidence: float | None = None
    verdict: str = ""
    taken: bool = False

    @property
    def case(self) -> Case:
        """What every critic is given."""
        about = (self.criteria, self.task, self.reference, self.task_kind)
        return Case(self.question, self.pieces, *about)

    @property
    def included(self) -> list[Labelled]:
        """The units that go into the final critique."""
        return [one for one in self.labelled if one.included]


async def played_by(
    role: Callable[[Model, float, int | None], R], settings: Settings, model: str = ""
) -> R:
    """The role, played by that model or the machine's own."""
    return role(await settings.get_model(model), settings.temperature, settings.max_tokens or None)


def note_left_out(step: Step, dropped: tuple[str, ...]) -> None:
    """Record what could not be used, if there is anything."""
    if dropped:
        step.findings["left_out"] = dropped
