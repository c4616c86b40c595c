"""A step's record is data; sentences are made from it for a person, and no code reads one back."""

import ast
from pathlib import Path

import pytest

import metathink as mt
from metathink.core.message import user
from metathink.core.record import Call, Step, StepChange, StepDecision, Value, value_text
from metathink.core.run import Run
from metathink.core.usage import Usage

ROOT = Path(mt.__file__).resolve().parent.parent
SHOWN_TO_A_PERSON = {"cli/dialogue.py"}
"""The files that show a step's sentences."""
LAYERS = [
    "runtime",
    "graphs",
    "agents",
    "meta",
    "memory",
    "models",
    "training",
    "evals",
    "cli",
    "benchmarks",
]


def test_changes_and_findings_are_told_in_words() -> None:
    step = Step(0, "judge", "compare")
    step.change("answer", "42", before="41")
    step.change("units", 2)
    step.change("abstained", True)
    step.change("answer", None, before="42")
    step.decide("revision", "it is clearer", options=("answer", "revision", "answer"))
    step.findings["left_out"] = ("U2: forgotten", "U3")
    assert step.changed.splitlines() == [
        "answer: 41 -> 42",
        "units: 2",
        "abstained: yes",
        "answer: 42 -> none",
    ]
    assert step.reason.splitlines() == ["it is clearer", "left out: U2: forgotten; U3"]
    assert step.decision == StepDecision(("answer", "revision"), "revision", "it is clearer")
    assert (step.chosen, Step(0, "a", "b").chosen) == ("revision", "")
    assert (Step(0, "a", "b").changed, Step(0, "a", "b").reason) == ("", "")


def test_a_long_value_that_the_output_shows_is_not_repeated() -> None:
    plan = "Multiply first. " * 20
    call = Call("m", "p", "h", (user("q"),), (plan,), ("stop",), Usage(), 0.1)
    step = Step(0, "meta_thinker", "plan", calls=[call])
    step.change("the_plan", plan)
    assert step.changed == "the plan: as written"
    step.calls.clear()
    assert step.changed == f"the plan: {plan}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ("", "none"),
        ((), "none"),
        (("a", "b"), "a, b"),
        (("one thing", "b"), "one thing; b"),
        (0.94000001, "0.94"),
        (0, "0"),
        (False, "no"),
    ],
)
def test_values_in_words(value: Value, text: str) -> None:
    assert value_text(value) == text


def test_a_record_written_as_json_is_read_back_as_it_was() -> None:
    step = Step(0, "handbook", "retrieve", findings={"episode": "e1", "score": 0.5, "count": 2})
    step.changes = [StepChange("behaviors", None, ("a", "b")), StepChange("correct", None, True)]
    step.decide("solve", "it fits", options=("solve", "stop"))
    run = Run("q", steps=[step])
    assert Run.from_dict(run.to_dict()).steps == [step]


@pytest.mark.parametrize("layer", LAYERS)
def test_no_code_reads_a_sentence_back(layer: str) -> None:
    """`changed` and `reason` of a step are for a person: elsewhere its changes and decision are read."""
    found = []
    for path in sorted((ROOT / layer).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in ("changed", "reason")
            if name not in SHOWN_TO_A_PERSON and _is_a_step(node.value)
        ]
    assert not found


def _is_a_step(node: ast.expr) -> bool:
    """Whether an expression is named as steps are: `step`, `taken`, `run.steps[-1]`."""
    text = ast.unparse(node)
    return text in ("step", "s", "taken", "event") or "steps[" in text or text.endswith("step")
