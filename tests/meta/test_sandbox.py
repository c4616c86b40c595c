"""Programs that a model wrote: run safely, and chosen by how they behave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.dual_execution import (
    Behaviour,
    agreement,
    call_in,
    choose_program,
    observe,
    program_of,
)
from metathink.meta.probe import probes
from metathink.meta.sample import Question, Sample
from metathink.meta.sandbox import Outcome, Sandbox

pytest.importorskip("pydantic_monty", reason="the extra `sandbox` is not installed")

HEAD = 'def double(x: int) -> int:\n    """Twice x."""\n'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seconds=0.5) as opened:
        yield opened


def test_values_and_errors(sandbox: Sandbox) -> None:
    found = sandbox.values("def f(x):\n    return 10 // x", ["f(2)", "f(0)", "f('a')", "g(1)"])
    assert [o.text for o in found] == ["5", "ZeroDivisionError", "TypeError", "NameError"]
    assert [o.passed for o in found] == [True, False, False, False]


@pytest.mark.parametrize(
    "attack",
    [
        "open('/etc/passwd').read()",
        "__import__('os').environ['PATH']",
        "__import__('socket').socket()",
        "__import__('subprocess').run(['ls'])",
        "().__class__.__bases__[0].__subclasses__()",
    ],
)
def test_the_machine_is_out_of_reach(sandbox: Sandbox, attack: str) -> None:
    assert not sandbox.run("", [attack])[0].passed
    assert not sandbox.values("", [attack])[0].passed


def test_loops_memory_and_depth_have_limits(sandbox: Sandbox) -> None:
    source = "def f(n):\n    while n > 0: pass\n    return n\ndef g(n): return g(n + 1)\n"
    found = sandbox.values(source, ["f(0)", "f(1)", "f(-1)", "g(0)", "[0] * 10**10"])
    assert found[0].passed and found[1].kind == "timeout" and found[2].passed
    assert not found[3].passed and not found[4].passed


def test_a_program_that_loops_is_not_run_for_ever(sandbox: Sandbox) -> None:
    found = sandbox.run("def f():\n    while True: pass", ["f()"] * 50)
    assert len(found) == 50 and not any(o.passed for o in found)


def test_a_program_that_does_not_parse_fails_every_test(sandbox: Sandbox) -> None:
    assert [o.passed for o in sandbox.run("def f(:", ["assert True"] * 2)] == [False, False]
    assert sandbox.run("x = 1", []) == [] and sandbox.values("x = 1", []) == []


def test_limits_below_zero_are_refused() -> None:
    with pytest.raises(InvalidInput):
        Sandbox(seconds=0)


def test_probes_follow_the_signature() -> None:
    typed = probes("def f(a: list[int], b: str): ...", "f")
    assert typed and all(call.startswith("f([") for call in typed)
    assert len(probes("def f(a, b): ...", "f")) > len(typed)
    assert probes("def f(*, a): ...", "f") == probes("no code", "f") == []
    assert probes("def f(a: int): ...", "f") == probes("def f(a: int): ...", "f")


@given(st.text(max_size=60))
def test_any_text_may_stand_for_a_test(text: str) -> None:
    assert call_in(text, "no_such_function") is None


def test_calls_are_found_in_tests() -> None:
    assert call_in("assert double(2) == 4", "double") == "double(2)"
    assert call_in("assert sum(double( 3 ), 1)", "double") == "double(3)"


def test_the_program_is_the_answer_or_completes_the_question() -> None:
    question = Question(HEAD, task="double", kind="code")
    assert program_of(question, Sample("    return 2 * x")).startswith(HEAD)
    whole = "def double(x):\n    return x + x"
    assert program_of(question, Sample(whole)) == whole


def test_the_program_that_others_and_tests_agree_with_is_chosen(sandbox: Sandbox) -> None:
    bodies = ["return x * x", "return 2 * x", "return None", "return None", "return None"]
    bodies += ["return x + x", "return 7", "return 7", "return 7", "return x +"]
    samples = [Sample("    " + body) for body in bodies]
    question = Question(HEAD, task="double", kind="code")
    tests = ["assert double(2) == 4", "assert double(3) == 7", "assert double(0) == 0", "nonsense("]
    found = observe(question, samples, sandbox, tests)
    decision = choose_program(found)
    assert decision.choice == 1 and "2 of 10 programs" in decision.reason
    assert decision.confidence is not None and 0.0 < decision.confidence <= 1.0
    sound = [s for s in samples if s.answer and "None" not in s.answer]
    assert choose_program(observe(question, sound, sandbox)).choice == 1  # without any test


def test_the_order_of_programs_does_not_matter() -> None:
    def behaved(*values: str) -> Behaviour:
        return Behaviour(tuple(Outcome("value", v) for v in values), (True, False))

    found = [behaved("1", "2", "3"), behaved("1", "2", "3"), behaved("1", "1", "1")]
    assert agreement(found)[::-1] == agreement(found[::-1])
    assert agreement(found)[0] > agreement(found)[2]


def test_nothing_to_choose_from() -> None:
    with pytest.raises(InvalidInput):
        choose_program([])
    silent = Behaviour((Outcome("error", "NameError"),), (False,))
    assert choose_program([silent, silent]).choice == 0


def test_a_question_must_name_its_function(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInput):
        observe(Question("text"), [Sample("x")], sandbox)
