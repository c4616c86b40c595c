"""A comparison counts what happened: right answers, failures, tokens, and who beats whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import metathink as mt
from metathink.core.errors import EndpointUnreachable, MalformedReply
from metathink.core.message import Message
from metathink.core.record import Call, Step, StepChange
from metathink.core.usage import Usage
from metathink.evals.comparison import ALL, Comparison, compare
from metathink.evals.entry import Entry
from metathink.evals.line import Line, confidence, difference, line, mark_pareto
from metathink.evals.report import markdown, write
from metathink.evals.task import Task
from metathink.evals.trial import Contest, Trial, samples_for
from metathink.models.embedded import WEIGHTS
from metathink.models.model import Model
from tests.server import FakeServer, says

SUMS = tuple(Task(f"s-{n}", f"sums/{n % 2}", f"{n} + {n} =", str(2 * n)) for n in range(6))
DIRECT, VOTE = Entry("direct", "direct"), Entry("self_consistency", "self_consistency")


def trial(
    task: Task, said: str, sure: float | None = None, tokens: int = 10, abstained: bool = False
) -> Trial:
    call = Call("m", "p", "h", (), (said,), ("stop",), Usage(tokens - 4, 4, calls=1), 0.5)
    changes = [StepChange("answer", None, said)]
    run = mt.Run(steps=[Step(0, "reasoner", "solve", changes=changes, calls=[call])])
    return Trial.of(task, mt.Answer(said, sure, abstained, run=run))


def model(*wrong: int, calls: int = 100) -> Model:
    """Knows the sums, but for these."""

    def reply(messages: Sequence[Message]) -> str:
        n = int(str(messages[-1].content).split()[0])
        return f"answer: {2 * n + (n in wrong)}"

    return mt.scripted([reply] * calls)


async def test_each_row_is_scored_charged_and_compared() -> None:
    contest = Contest(SUMS, model(1, 2))
    thrice = VOTE.told(samples=3)
    found = (await compare("sums", contest, [DIRECT, thrice])).report()
    direct, vote = found.of()
    assert (direct.accuracy, direct.right, direct.questions) == (pytest.approx(4 / 6), 4, 6)
    assert 0.2 < direct.low < 4 / 6 < direct.high < 1.0
    assert (direct.calls, direct.completion_tokens) == (1.0, 2.0)
    assert (vote.calls, vote.completion_tokens) == (1.0, 6.0)
    assert direct.prompt_tokens == vote.prompt_tokens
    assert (direct.pareto, vote.pareto) == (True, False)
    assert [(d.against, d.value, d.p) for d in vote.differences] == [("direct", 0.0, 1.0)]
    assert found.sets == {"sums/0": 3, "sums/1": 3}
    assert [found.of(f"sums/{n}")[0].accuracy for n in (0, 1)] == [pytest.approx(2 / 3)] * 2


async def test_labels_never_reach_the_model() -> None:
    hidden = [Task("x", "s", "What is it?", "a-label-nobody-says")]
    listening = mt.scripted(["answer: 1"])
    await compare("s", Contest(hidden, listening), [DIRECT])
    assert "a-label" not in str(listening.endpoint.heard)  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_failed_question_is_wrong_charged_and_listed() -> None:
    broken = mt.scripted(["a plan", MalformedReply("unreadable"), "a plan", "answer: 2"])
    contest = Contest(SUMS[:2], broken, concurrency=1)
    plan = Entry("rema_plan", "rema_plan")
    report = (await compare("sums", contest, [plan])).report()
    (found,) = report.of()
    assert (found.failed, found.right, found.questions) == (1, 1, 2)
    assert found.calls == 1.5  # two of the good question, the plan of the other
    assert [(f.task, f.error) for f in report.failures] == [("s-0", "MalformedReply: unreadable")]
    assert "MalformedReply: unreadable" in markdown(report)


async def test_what_the_user_can_mend_is_raised() -> None:
    with pytest.raises(EndpointUnreachable):
        await compare("sums", Contest(SUMS, "http://127.0.0.1:9/v1#m"), [DIRECT])


async def test_a_method_that_always_fails_is_a_row_of_zeros() -> None:
    mute = mt.scripted([MalformedReply("no")] * 6)
    (found,) = (await compare("sums", Contest(SUMS, mute), [DIRECT])).report().of()
    assert (found.failed, found.accuracy) == (6, 0.0)


async def test_rows_that_ask_the_same_are_asked_once() -> None:
    once = model(calls=6)
    found = await compare("sums", Contest(SUMS, once), [DIRECT, Entry("twin", "direct")])
    assert [line.accuracy for line in found.report().of()] == [1.0, 1.0]


async def test_sampling_is_given_the_tokens_of_each_method(server: FakeServer) -> None:
    async def behave(request, body):
        return await says(*["one two three four answer: 2"] * body.get("n", 1))(request, body)

    server.always = behave
    rema = Entry("rema", "rema", {"max_turns": 3})
    comparison = await compare("s", Contest(SUMS[1:2], server.model), [DIRECT, rema], equal=True)
    report = comparison.report()
    twin = report.rows[-1]
    assert (twin.tokens_of, twin.method) == ("rema", "self_consistency")
    spent = {found.row: found.tokens for found in report.of()}
    each, prompt = 6, report.of()[0].prompt_tokens
    samples = twin.settings["samples"]
    assert spent[twin.name] == prompt + samples * each  # the fewest that cost as much, or nearly
    assert spent[twin.name] >= 0.95 * spent["rema"] > prompt + (samples - 1) * each
    (rema_line,) = [found for found in report.of() if found.row == "rema"]
    assert [d.against for d in rema_line.differences] == ["direct", twin.name]


def test_a_prompt_is_paid_again_where_a_model_gives_few_samples_at_once() -> None:
    trials = [trial(SUMS[1], "2", tokens=14)]  # 10 in, 4 out
    assert [samples_for(t, trials) for t in (0, 14, 15, 30)] == [1, 1, 2, 5]
    assert [samples_for(t, trials, at_once=2) for t in (14, 15, 30, 36)] == [1, 2, 3, 4]


async def test_a_kept_run_is_not_asked_again(server: FakeServer, tmp_path: Path) -> None:
    contest = Contest(SUMS, server.model, resume=tmp_path / "x.jsonl")
    first = (await compare("s", contest, [DIRECT])).report()
    asked = len(server.bodies)
    again = Contest(SUMS, server.model, resume=tmp_path / "x.jsonl")
    assert (await compare("s", again, [DIRECT])).report().lines == first.lines
    assert len(server.bodies) == asked


def test_differences_are_paired() -> None:
    right, wrong = [trial(t, t.answer) for t in SUMS], [trial(t, "no") for t in SUMS]
    mixed = [*right[:4], *wrong[4:]]
    found = difference(right, mixed, "mixed")
    assert (found.value, found.only_this, found.only_other) == (pytest.approx(1 / 3), 2, 0)
    assert found.p == pytest.approx(0.5)  # two of two by a fair coin, on either side
    same = difference(mixed, mixed, "itself")
    assert (same.value, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(0), 0
    for _ in range(60):
        trials = [trial(SUMS[1], "2" if rng.random() < 0.7 else "3") for _ in range(80)]
        found = line("r", ALL, trials, {})
        held += found.low <= 0.7 <= found.high
    assert 52 <= held <= 60


def test_abstaining_is_neither_right_nor_wrong_about_the_answer() -> None:
    trials = [trial(SUMS[1], "2", 0.9), trial(SUMS[2], "", 0.1, abstained=True)]
    found = line("r", ALL, trials, {})
    assert (found.accuracy, found.abstained, found.accuracy_answered) == (0.5, 0.5, 1.0)
    sure = confidence(trials)
    assert sure is not None and sure.answers == 1


def test_confidence_that_knows_gains_by_abstaining() -> None:
    knows = [trial(t, t.answer, 0.9) for t in SUMS[:4]] + [trial(SUMS[4], "no", 0.2)]
    sure = confidence(knows)
    assert sure is not None
    assert (sure.auroc, sure.kept, sure.all) == (1.0, 1.0, pytest.approx(0.8))
    assert sure.gain == pytest.approx(0.2)
    assert sure.ece == pytest.approx((4 * 0.1 + 0.2) / 5)
    blind = confidence([replace(t, answer=replace(t.answer, confidence=0.5)) for t in knows])  # pyright: ignore[reportArgumentType]
    assert blind is not None
    assert (blind.auroc, blind.gain) == (0.5, pytest.approx(0.0))


def test_confidence_of_one_class_has_no_auroc() -> None:
    sure = confidence([trial(t, t.answer, 0.9) for t in SUMS])
    assert sure is not None and sure.auroc is None
    assert confidence([trial(t, t.answer) for t in SUMS]) is None


def test_the_pareto_front() -> None:
    def at(tokens: int, accuracy: float) -> Line:
        few = [trial(SUMS[1], "2" if n < 10 * accuracy else "3", tokens=tokens) for n in range(10)]
        return line(f"{tokens}", ALL, few, {})

    lines = [at(10, 0.5), at(20, 0.5), at(20, 0.7), at(30, 0.9), at(40, 0.8)]
    mark_pareto(lines)
    assert [found.pareto for found in lines] == [True, False, True, True, False]


def comparison() -> Comparison:
    def cheap(n: int, task: Task) -> Trial:
        return trial(task, "1" if n % 2 else task.answer, 0.8)

    held = {
        "direct": tuple(cheap(n, t) for n, t in enumerate(SUMS)),
        "a|b": tuple(trial(t, t.answer, 0.9, tokens=40) for t in SUMS),
    }
    return Comparison("sums", 0, [DIRECT, Entry("a|b", "rema")], held)


def test_the_report_is_written_with_its_pictures(tmp_path: Path) -> None:
    paths = write(comparison(), tmp_path / "out")
    assert {path.suffix for path in paths} == {".png", ".html", ".md", ".json"}
    stems = {path.stem for path in paths if path.suffix == ".png"}
    assert stems == {"sums-all-tokens", "sums-all-reliability", "sums-all-risk-coverage"}
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.count("data:image/png") == 3
    assert "+0.500" in page and "http" not in page.replace("http-equiv", "")


def test_markdown_has_cells_that_hold() -> None:
    text = markdown(comparison().report(), steps=True)
    rows = [row for row in text.splitlines() if row.startswith("| a")]
    assert len(rows) == 4 and all("a\\|b" in row for row in rows)
    assert "| direct * | 0.500" in text
    assert "1.000 (0.610-1.000)" in text


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the embedded model's weights are not here")
async def test_the_embedded_model_on_three_questions() -> None:
    questions = ("not True is", "True and not False is", "False or not True is")
    tasks = [Task(f"b-{q}", "b", q, str(eval(q.removesuffix(" is")))) for q in questions]
    rows = [DIRECT, VOTE.told(samples=2), Entry("rema", "rema")]
    report = (await compare("b", Contest(tasks, "embedded"), rows)).report()
    assert [found.questions for found in report.of()] == [3, 3, 3]
    assert not report.failures
    assert all(found.tokens > found.calls > 0 for found in report.of())
    assert report.of()[2].calls > report.of()[0].calls
