"""What critics work on and what they find, as typed values.

Source: MultiCritique, arXiv 2410.15287: crucial information, analytical critique units, the seven labels
of the meta-critique with their severity scores, and the final critique.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from .errors import InvalidConfig
from .text.segment import marked, markers

Kind = Literal["text", "math", "code"]
"""What a task wants: words, a result that can be right or wrong, or a program."""
Importance = Literal["normal", "medium", "important"]
Severity = Literal["negligible", "minor", "moderate", "severe"]
IMPORTANCES: tuple[Importance, ...] = get_args(Importance)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the lightest to the gravest."""

LabelName = Literal["L0", "L1", "L2", "L3", "L4", "L5", "L6"]
MEANINGS: Mapping[LabelName, str] = {
    "L0": "correct and helpful",
    "L1": "flags a sentence that has no flaw",
    "L2": "the criterion is wrong or does not fit",
    "L3": "the severity is wrong",
    "L4": "the description is wrong or unreasonable",
    "L5": "the suggestion is unreasonable or would introduce errors",
    "L6": "the suggestion is sound but of no use",
}
SCORES: Mapping[LabelName, int] = {"L0": 0, "L1": 5, "L2": 2, "L3": 1, "L4": 4, "L5": 4, "L6": 1}
"""How grave an error of a critic each label is; a critic's score is their sum, lower is better."""


@dataclass(frozen=True)
class Criterion:
    """Something to judge by. `dimension` names the primary criterion a fine-grained one belongs to;
    it is empty for a primary one."""

    name: str
    description: str
    importance: Importance = "medium"
    dimension: str = ""


@dataclass(frozen=True)
class Unit:
    """An analytical critique unit: where (markers), what is wrong, by which one criterion, how grave,
    and how to mend it."""

    locations: tuple[str, ...]
    description: str
    criterion: str
    severity: Severity
    suggestion: str


@dataclass(frozen=True)
class Critique:
    """All that one critic found. `dropped` says which of its units could not be used, and why."""

    critic: str
    units: tuple[Unit, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Label:
    """The meta-critic's verdict on one unit: what is wrong with it, and whether to keep it."""

    name: LabelName
    include: bool
    reason: str = ""

    @property
    def score(self) -> int:
        """How grave this error of the critic is."""
        return SCORES[self.name]


@dataclass(frozen=True)
class FinalCritique:
    """The critics' units merged, a summary for each primary criterion, and a judgement from 1 to 10.

    A reference answer would be judged about 8; `judgement` is None where nobody gave a usable one.
    """

    units: tuple[Unit, ...] = ()
    summaries: tuple[tuple[str, str], ...] = ()
    judgement: float | None = None

    def worded(self, pieces: Sequence[str]) -> str:
        """The whole critique in words, quoting the sentences it points at."""
        lines = [quoted(unit, pieces) for unit in self.units] or ["No flaw was found."]
        lines += [f"{dimension}: {summary}" for dimension, summary in self.summaries]
        if self.judgement is not None:
            lines.append(f"Judgement: {self.judgement:g} of 10")
        return "\n".join(lines)


@dataclass(frozen=True)
class Case:
    """What every critic is given: the question, the crucial information about it, and the response in
    marked pieces. What is unknown is empty."""

    question: str
    pieces: Sequence[str]
    criteria: Sequence[Criterion]
    task: str = ""
    reference: str = ""
    kind: Kind = "text"

    @property
    def markers(self) -> list[str]:
        """The markers that exist."""
        return markers(self.pieces)

    @property
    def names(self) -> list[str]:
        """The names of all criteria, primary and fine-grained."""
        return [criterion.name for criterion in self.criteria]

    @property
    def dimensions(self) -> list[str]:
        """The names of the primary criteria."""
        return [criterion.name for criterion in self.criteria if not criterion.dimension]

    @property
    def slots(self) -> dict[str, str]:
        """The values for a prompt that begins with `CASE`."""
        task = f"# Task\n{self.task}\n\n" if self.task else ""
        reference = f"# A reference answer\n{self.reference}\n\n" if self.reference else ""
        crucial = f"{task}# Criteria\n{worded_criteria(self.criteria)}\n\n{reference}"
        return {"question": self.question, "crucial": crucial, "response": marked(self.pieces)}


CASE = """# Question
{question}

{crucial}# Response under review, each piece behind its marker
{response}

"""
"""How prompts about a case begin: word for word the same for every role, so that prefix caches share it."""


@dataclass(frozen=True)
class Labelled:
    """A unit with its critic and the meta-critic's label, None where it got no usable one."""

    unit: Unit
    critic: str
    label: Label | None = None

    @property
    def included(self) -> bool:
        """Whether it goes into the final critique. A flag on a flawless sentence never does."""
        return self.label is not None and self.label.include and self.label.name != "L1"


@dataclass(frozen=True)
class CriticScore:
    """What one critic's labels add up to; `complete` if each of its units has a label."""

    critic: str
    score: int
    complete: bool = True


def critic_scores(labelled: Sequence[Labelled], critics: Sequence[str]) -> list[CriticScore]:
    """Each critic's accumulated severity, lower is better; 0 for one that found nothing."""
    scores = []
    for critic in critics:
        labels = [one.label for one in labelled if one.critic == critic]
        given = [label for label in labels if label is not None]
        score = sum(label.score for label in given)
        scores.append(CriticScore(critic, score, len(given) == len(labels)))
    return scores


def read_criteria(text: str) -> list[Criterion]:
    """Primary criteria as a person writes them: `name (importance): description`, one a line or parted by
    `;`. Importance is medium and the description the name where they are missing.

    Raises InvalidConfig for an importance there is not and for a name that comes twice.
    """
    found: list[Criterion] = []
    for line in re.split(r"[;\n]", text):
        if not (line := line.strip().removeprefix("- ")):
            continue
        name, _, description = line.partition(":")
        shape = re.fullmatch(r"(?P<name>.*?)\s*(?:\((?P<importance>[^()]*)\))?\s*", name)
        assert shape is not None  # both parts may be empty
        importance = (shape["importance"] or "medium").strip().lower()
        if importance not in IMPORTANCES or not shape["name"]:
            raise InvalidConfig(
                f"not a criterion: {line!r}; write `name (normal|medium|important): what it asks`"
            )
        if shape["name"] in {criterion.name for criterion in found}:
            raise InvalidConfig(f"the criterion {shape['name']!r} is given twice")
        found.append(Criterion(shape["name"], description.strip() or shape["name"], importance))
    return found


def worded_criteria(criteria: Sequence[Criterion]) -> str:
    """The two tiers as an indented list."""
    lines = []
    for primary in criteria:
        if primary.dimension:
            continue
        lines.append(_worded(primary))
        lines += ["  " + _worded(fine) for fine in criteria if fine.dimension == primary.name]
    return "\n".join(lines)


def worded_unit(name: str, unit: Unit) -> str:
    """A unit as the meta-critic and the aggregator read it."""
    return (
        f"[{name}] at {', '.join(unit.locations)}; criterion: {unit.criterion}; "
        f"severity: {unit.severity}\n  flaw: {unit.description}\n  suggestion: {unit.suggestion}"
    )


def quoted(unit: Unit, pieces: Sequence[str]) -> str:
    """A unit with the words it points at instead of their markers."""
    known = dict(zip(markers(pieces), pieces, strict=True))
    where = " ... ".join(known[marker].strip() for marker in unit.locations if marker in known)
    return (
        f"- \u201c{where}\u201d ({unit.severity}, {unit.criterion}): {unit.description} "
        f"Suggestion: {unit.suggestion}"
    )


def plain(critique: Critique) -> dict[str, Any]:
    """A critique as JSON data, as a critic would say it."""
    return {
        "units": [asdict(unit) | {"locations": list(unit.locations)} for unit in critique.units]
    }


def _worded(criterion: Criterion) -> str:
    return f"- {criterion.name} ({criterion.importance}): {criterion.description}"


GENERAL: tuple[Criterion, ...] = (
    Criterion("correctness", "every statement and every step is true and follows", "important"),
    Criterion("relevance", "it answers the question that was asked, all of it", "important"),
    Criterion("completeness", "nothing that the reader needs is missing", "medium"),
    Criterion("clarity", "it can be understood at first reading, without repetition", "normal"),
)
"""Criteria for any task, for where nobody named better ones."""

__all__ = [
    "CASE",
    "GENERAL",
    "IMPORTANCES",
    "MEANINGS",
    "SCORES",
    "SEVERITIES",
    "Case",
    "Criterion",
    "CriticScore",
    "Critique",
    "FinalCritique",
    "Importance",
    "Kind",
    "Label",
    "LabelName",
    "Labelled",
    "Severity",
    "Unit",
    "critic_scores",
    "plain",
    "quoted",
    "read_criteria",
    "worded_criteria",
    "worded_unit",
]
