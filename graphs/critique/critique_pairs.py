"""Preference pairs of critiques for training, validated by what revisions make of them.

Paper: MultiCritique, arXiv 2410.15287, preference pairs and multi-agent revision validating (MARV). Two
critics' critiques of one answer are a pair if their accumulated severities differ enough; several models
then revise the answer under each critique, and the pair is kept only if the better critique leads to
better revisions.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from statistics import fmean
from typing import Any

from ...agents.critique.critic import CRITICISE
from ...agents.critique.judge import Judge
from ...agents.critique.reviser import Reviser
from ...core.critique import Case, Critique, FinalCritique, Labelled, critic_scores, plain
from ...core.gather import gather_tolerant
from ...core.jsonl import append_jsonl, read_jsonl
from ...core.run import current_run, record_step
from ...core.text.extract import final_answer
from ...meta.answers.equivalence import equivalent, reference
from ...models.model import Model


@dataclass(frozen=True)
class Pair:
    """The critique with the lower accumulated severity, and the other."""

    chosen: Critique
    rejected: Critique
    chosen_severity: int
    rejected_severity: int


def candidate_pairs(
    critiques: Sequence[Critique], labelled: Sequence[Labelled], gap: int
) -> list[Pair]:
    """Every two critiques whose accumulated severities differ by `gap` at least.

    A critique of which anything was dropped or left without a label has no whole score and is in no pair.
    """
    scores = {one.critic: one for one in critic_scores(labelled, [c.critic for c in critiques])}
    whole = [c for c in critiques if scores[c.critic].complete and not c.dropped]
    return [
        Pair(better, worse, scores[better.critic].score, scores[worse.critic].score)
        for better, worse in permutations(whole, 2)
        if scores[worse.critic].score - scores[better.critic].score >= max(1, gap)
    ]


@dataclass(frozen=True)
class PairMaker:
    """Makes pairs and appends the validated ones to `file`, each once, whatever life of a run writes it.

    Revisions are scored by whether they come to `gold`, or graded from 1 to 10 by `scorer` where it is None.
    """

    file: str
    revisers: Sequence[Model]
    scorer: Model | None
    gold: str = ""
    revisions: int = 8
    gap: int = 5
    temperature: float = 1.0
    max_tokens: int | None = None

    async def make(
        self,
        case: Case,
        response: str,
        critiques: Sequence[Critique],
        labelled: Sequence[Labelled],
        models: Mapping[str, str],
    ) -> list[Pair]:
        """The validated pairs, on the disk when this returns. `models` names each critic's model.

        Raises StoreFailed where the file cannot be written, BudgetExceeded.
        """
        candidates = candidate_pairs(critiques, labelled, self.gap)
        means = await self._means(case, response, candidates)
        with record_step("pair_maker", "keep_pairs") as step:
            kept = [pair for pair in candidates if _validated(pair, means)]
            step.findings |= {"candidates": len(candidates), "validated": len(kept)}
            if kept:
                records = [self._record(case, response, pair, means, models) for pair in kept]
                await append_jsonl(self.file, await self._new(records))
                step.change("pairs", len(kept))
        return kept

    async def _new(self, records: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Those that no earlier life of this run has written."""
        run = current_run()
        if run is None or not run.resumed:
            return records
        written = await asyncio.to_thread(_pairs_of, run.id, Path(self.file))
        return [one for one in records if (one["chosen"], one["rejected"]) not in written]

    async def _means(
        self, case: Case, response: str, pairs: Sequence[Pair]
    ) -> dict[str, tuple[float, int]]:
        """For each critic in a pair: the mean score of the revisions under its critique, and their number."""
        means = {}
        for critique in {
            c.critic: c for pair in pairs for c in (pair.chosen, pair.rejected)
        }.values():
            texts = await self._revisions(case, response, critique)
            if scores := await self._scores(case, texts):
                means[critique.critic] = (fmean(scores), len(scores))
        return means

    async def _revisions(self, case: Case, response: str, critique: Critique) -> list[str]:
        words = FinalCritique(critique.units).worded(case.pieces)

        async def revised(model: Model) -> list[str]:
            with record_step("reviser", "revise_for_pairs", target="pair_maker") as step:
                reviser = Reviser(model, self.temperature, self.max_tokens)
                revisions = await reviser.revise(case.question, response, words, self.revisions)
                step.change("revisions", len(revisions))
                step.findings["critique"] = critique.critic
            return [revision.text for revision in revisions if not revision.truncated]

        heard = await gather_tolerant(revised(model) for model in self.revisers)
        return [text for texts in heard if texts is not None for text in texts]

    async def _scores(self, case: Case, texts: Sequence[str]) -> list[float]:
        """A score for each text; equal texts are graded once, ungradable ones are left out."""
        if self.scorer is None:
            return [float(same_answer(text, self.gold)) for text in texts]
        judge = Judge(self.scorer, 0.0, self.max_tokens)

        async def graded(text: str) -> float:
            with record_step("judge", "grade", target="pair_maker") as step:
                grade = await judge.grade(case.question, case.criteria, text)
                step.change("grade", grade)
            return grade

        distinct = list(dict.fromkeys(texts))
        heard = await gather_tolerant(map(graded, distinct))
        grades = {
            text: grade for text, grade in zip(distinct, heard, strict=True) if grade is not None
        }
        return [grades[text] for text in texts if text in grades]

    def _record(
        self,
        case: Case,
        response: str,
        pair: Pair,
        means: Mapping[str, tuple[float, int]],
        models: Mapping[str, str],
    ) -> dict[str, Any]:
        """The pair in the field's usual form (prompt, chosen, rejected), and where it comes from."""
        run = current_run()
        chosen, rejected = pair.chosen.critic, pair.rejected.critic
        return {
            "prompt": str(CRITICISE.fill(**case.slots)),
            "chosen": json.dumps(plain(pair.chosen), ensure_ascii=False),
            "rejected": json.dumps(plain(pair.rejected), ensure_ascii=False),
            "question": case.question,
            "response": response,
            "task": case.task,
            "kind": case.kind,
            "criteria": [asdict(criterion) for criterion in case.criteria],
            "reference": case.reference,
            "chosen_model": models[chosen],
            "rejected_model": models[rejected],
            "chosen_severity": pair.chosen_severity,
            "rejected_severity": pair.rejected_severity,
            "chosen_score": means[chosen][0],
            "rejected_score": means[rejected][0],
            "chosen_revisions": means[chosen][1],
            "rejected_revisions": means[rejected][1],
            "scorer": self.scorer.name if self.scorer else "exact match",
            "run": run.id if run else "",
        }


def same_answer(text: str, gold: str) -> bool:
    """Whether a revision comes to the right answer, however it is written."""
    return equivalent(final_answer(text), reference(gold), "auto")


def _pairs_of(run: str, file: Path) -> set[tuple[str, str]]:
    """Chosen and rejected of that run. Raises StoreFailed where the file cannot be read."""
    if not file.exists():
        return set()
    return {
        (str(row.get("chosen")), str(row.get("rejected")))
        for _, row in read_jsonl(file, appended=True)
        if isinstance(row, dict) and row.get("run") == run
    }


def _validated(pair: Pair, means: Mapping[str, tuple[float, int]]) -> bool:
    """Whether revisions under the chosen critique are better on average; not, if either has none."""
    chosen, rejected = means.get(pair.chosen.critic), means.get(pair.rejected.critic)
    return chosen is not None and rejected is not None and chosen[0] > rejected[0]
