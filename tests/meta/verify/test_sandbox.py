"""Programs that a model wrote: run safely, and chosen by how they behave."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.sample import Question, Sample
from metathink.meta.verify.dual_execution import (
    Behaviour,
    agreement,
    call_in,
    choose_program,
    observe,
    program_of,
)
from metathink.meta.verify.probe import probes
from metathink.meta.verify.sandbox import LONGEST, Outcome, Sandbox

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


@pytest.mark.parametrize(
    "program",
    [
        "import time\ntime.sleep(60)",
        "import asyncio\nasyncio.sleep(60)",
        "import time\nfor i in range(900): time.sleep(0.1)",
        "while True: pass",
        "x = 7 ** (10 ** 8)",
        "x = set(i * ((1 << 61) - 1) for i in range(4_000_000))",
        "while True: print('line' * 10_000)",
    ],
)
def test_a_run_ends_near_its_limit_whatever_it_does(sandbox: Sandbox, program: str) -> None:
    begun = time.monotonic()
    assert not sandbox.run(program, ["1"])[0].passed
    assert time.monotonic() - begun < 10, "60 s or more without the limit"
    assert sandbox.values("", ["6 * 7"])[0].text == "42", "the next program has a worker"


def test_a_worker_that_died_of_its_memory_is_replaced(sandbox: Sandbox) -> None:
    hungry = ["'ab' * 10**9", "[0] * 10**9", "'c'.join(['d' * 1000] * 900_000)", "1 << 10**10"]
    found = sandbox.values("", hungry)
    assert len(found) == len(hungry) and not any(outcome.passed for outcome in found)
    assert sandbox.values("", ["1 + 1"])[0].text == "2"


REDEFINED = """
def repr(x): return [1, 2]
def str(x): return 3
def len(x): return -1
def print(*x): return None
class Same:
    def __eq__(self, other): return True
    def __repr__(self): return "'forged'" * 10_000
    def __hash__(self): return 1
"""


def test_names_of_the_program_do_not_reach_the_evaluation(sandbox: Sandbox) -> None:
    plain, own, failing = sandbox.values(REDEFINED, ["'a b'", "Same()", "undefined"])
    assert plain == Outcome("value", "'a b'")
    assert own.text.startswith("'forged'") and len(own.text) <= LONGEST
    assert failing == Outcome("error", "NameError")


@pytest.mark.parametrize(
    "expressions",
    [
        ["10 ** 5_000", "1"],
        ["{(i * ((1 << 61) - 1)) for i in range(24_000)}", "1"],
        ["[[[[[[1]]]]]] * 9", "lambda: 1", "1) or (2", "1 # note", "", "\udc80", "\0", "'" * 99],
        ["x := 3", "x = 3", "'''", "f'{1}'", "(" * 400 + ")" * 400, "a" * 1_000_000],
    ],
)
def test_as_many_outcomes_as_expressions_and_each_is_text(
    sandbox: Sandbox, expressions: list[str]
) -> None:
    for found in (sandbox.values("", expressions), sandbox.run("", expressions)):
        assert len(found) == len(expressions)
        assert all(type(o.text) is str and len(o.text) <= LONGEST for o in found)


@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_may_stand_for_a_program(program: str, snippets: list[str]) -> None:
    with Sandbox(seconds=0.5) as own:
        for found in (own.run(program, snippets), own.values(program, snippets)):
            assert len(found) == len(snippets)
            assert all(type(outcome.text) is str for outcome in found)


def test_statements_have_no_text_and_expressions_do(sandbox: Sandbox) -> None:
    found = sandbox.run("x = 'a'", ["x", "x == 'a'", "y = 2", "assert y == 3", "y"])
    assert [o.text for o in found] == ["a", "True", "", "AssertionError", "2"]
