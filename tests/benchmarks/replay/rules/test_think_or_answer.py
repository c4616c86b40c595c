"""Thinking is saved where it gains nothing."""

from __future__ import annotations

from benchmarks.replay.rules.think_or_answer import Thinking
from metathink.meta.sample import Label, Question


def test_thinking_is_saved_where_it_gains_nothing() -> None:
    questions = [Question(f"{t} {i}", task=t) for i in range(30) for t in ("easy", "hard")]
    thought = [Label(True)] * 60
    answered = [Label(q.task == "easy") for q in questions]
    rule = Thinking().fit(questions, thought, answered, [100.0] * 60)
    assert rule.decide(Question("easy 99", task="easy")).choice == "answer"
    assert rule.decide(Question("hard 99", task="hard")).choice == "think"
    assert rule.decide(Question("hard 99", task="hard"), stands=True).choice == "answer"
    assert rule.decide(Question("easy 99", task="easy"), stands=False).choice == "think"


def test_thinking_without_a_past_follows_its_prior() -> None:
    assert Thinking().decide(Question("new")).choice == "think"
    assert Thinking(price=0.5).decide(Question("new")).choice == "answer"
