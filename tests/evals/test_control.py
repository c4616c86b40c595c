"""A fitted confidence: learned from voices with known answers, judged on folds it has not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from metathink.core.errors import InvalidInput
from metathink.core.message import Message
from metathink.evals.control import Heard, fit, listen, prefixes, quality
from metathink.evals.task import Task
from metathink.graphs.compose.metacognition_control import fitted_control
from metathink.graphs.compose.metacognition_state import Attempt
from metathink.models.endpoints.scripted import ScriptedEndpoint, scripted
from metathink.models.request import Choice, Token


def task(number: int) -> Task:
    return Task(f"t{number}", "sums", f"What is {number} + {number}?", str(2 * number))


def heard(count: int) -> list[Heard]:
    """Voices that are right as often as their least sure token says."""
    rng, found = Random(7), []
    for number in range(count):
        sure = [rng.choice([0.2, 0.5, 0.95]) for _ in range(4)]
        hits = [rng.random() < p for p in sure]
        answers = [str(2 * number if hit else rng.randint(-99, -1)) for hit in hits]
        moves = ("direct", "draw", "draw", "draw")
        voices = tuple(Attempt(m, a, p) for m, a, p in zip(moves, answers, sure, strict=True))
        found.append(Heard(task(number), voices, tuple(hits)))
    return found


def test_confidence_follows_what_the_voices_were_worth() -> None:
    rows = quality(heard(300))
    assert [row.voices for row in rows] == [1, 2, 4]
    assert all(row.tasks == 300 and row.auroc > 0.7 and row.ece < 0.1 for row in rows)
    assert rows[-1].accuracy > rows[0].accuracy
    assert all(abs(row.confidence - row.accuracy) < 0.06 for row in rows)


def test_the_fit_is_a_file_that_the_machine_reads(tmp_path: Path) -> None:
    fitted = fit(heard(60))
    (tmp_path / "control.json").write_text(fitted.model_dump_json())
    assert fitted_control(str(tmp_path / "control.json")) == fitted
    assert {n: c.outcomes for n, c in fitted.after.items()} == {1: 60, 2: 120, 4: 240}


def test_too_few_tasks_are_refused() -> None:
    with pytest.raises(InvalidInput, match="5 tasks"):
        fit(heard(4))


@pytest.mark.parametrize(("voices", "counts"), [(1, [1]), (2, [1, 2]), (7, [1, 2, 4, 7])])
def test_prefixes_double(voices: int, counts: list[int]) -> None:
    group = Heard(task(1), (Attempt("direct", "2"),) * voices, (True,) * voices)
    assert prefixes([group]) == counts


async def test_every_voice_is_heard_and_a_failing_task_is_told_of() -> None:
    def reply(messages: Sequence[Message]) -> str:
        if "What is 3" in str(messages[-1].content):
            return ""
        return r"so \boxed{2}"

    model = scripted([reply] * 40)
    told: list[str] = []
    found = await listen([task(1), task(3)], model, samples=3, concurrency=1, tell=told.append)
    assert [each.task.id for each in found] == ["t1"]
    assert [voice.move for voice in found[0].voices] == ["direct", "draw", "draw"]
    assert found[0].right == (True, True, True)
    assert len(told) == 1 and "t3" in told[0]


async def test_sureness_is_that_of_the_least_sure_token() -> None:
    tokens = (Token("so ", math.log(0.9)), Token(r"\boxed{2}", math.log(0.4)))
    model = scripted([Choice(r"so \boxed{2}", tokens=tokens)] * 2)
    assert isinstance(model.endpoint, ScriptedEndpoint)
    [found] = await listen([task(1)], model, samples=2)
    assert [voice.sureness for voice in found.voices] == pytest.approx([0.4, 0.4])
