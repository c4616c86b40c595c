"""The room of a set counts what it says it counts, whoever answers."""

from pathlib import Path

import pytest

import metathink as mt
from metathink.evals import room, suite
from metathink.evals.task import Task, chosen
from metathink.models.embedded import WEIGHTS
from tests.server import FakeServer, says

A, B = Task("a-0", "a", "1+1?", "2"), Task("a-1", "a", "2+2?", "4")


def test_room_of_a_set() -> None:
    (row,) = room.table([A, B], {"a-0": ["2", "2", "3", "5"], "a-1": ["1", "1", "1", "4 "]})
    assert (row.tasks, row.samples) == (2, 4)
    assert row.single == pytest.approx((0.5 + 0.25) / 2)
    assert row.any_right == 1.0
    assert row.vote == 0.5
    assert row.diversity == pytest.approx((1 + 0) / 2)


def test_room_needs_errors_that_differ() -> None:
    said = {"a-0": ["2", "2", "3", "3"], "a-1": ["4", "4", "5", "5"]}
    (same,) = room.table([A, B], said)
    (varied,) = room.table([A, B], said | {"a-0": ["2", "2", "3", "1"]})
    assert not same.roomy
    assert varied.roomy


def test_yes_or_no_errors_differ_by_their_work() -> None:
    task = Task("c-0", "c", "Is it?", "Yes")
    said = {"c-0": ["No", "No", "Yes", "Yes"]}
    (blind,) = room.table([task], said)
    (seen,) = room.table([task], said, {"c-0": ["a, so No", "b, so No", "so Yes", "so Yes"]})
    assert (blind.diversity, seen.diversity) == (0.0, 1.0)


def test_an_unanswered_task_is_left_out() -> None:
    assert room.table([A], {}) == ()
    assert room.table([A, B], {"a-1": ["4"]})[0].tasks == 1


async def test_every_sample_counts_cut_ones_too() -> None:
    model = mt.scripted(["it is 2\nanswer: 2", "answer: 3", "no idea", "answer: 4", "4", "is it 5"])
    found = await room.sample([A, B], model, samples=3, concurrency=1)
    assert found.said == {"a-0": ["2", "3", "no idea"], "a-1": ["4", "4", "is it 5"]}
    assert found.works["a-0"][0] == "it is 2\nanswer: 2"
    assert [(r.single, r.any_right) for r in room.table([A, B], found.said, found.works)] == [
        (pytest.approx(0.5), 1.0)
    ]


async def test_a_failed_task_is_wrong_and_told(server: FakeServer, tmp_path: Path) -> None:
    long = Task("a-2", "a", " ", "x")  # an empty question is refused
    server.always = says("answer: 2", "answer: 2")
    found = await room.sample([A, long], server.model, samples=2, resume=tmp_path / "r.jsonl")
    assert list(found.failed) == ["a-2"] and "empty" in found.failed["a-2"]
    (row,) = room.table([A, long], found.said, found.works)
    assert (row.tasks, row.single) == (2, 0.5)
    asked = len(server.bodies)
    again = await room.sample([A], server.model, samples=2, resume=tmp_path / "r.jsonl")
    assert (again.works["a-0"], len(server.bodies)) == (found.works["a-0"], asked)


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model's weights are not here")
async def test_more_samples_than_the_embedded_model_gives_at_once() -> None:
    tasks = chosen(suite.load(), ["boolean_expressions/20"], 1)
    found = await room.sample(tasks, f"embedded:{WEIGHTS}", samples=10)
    (works,) = found.works.values()
    assert len(works) == 10
    assert all("answer:" in work for work in works[:2])
