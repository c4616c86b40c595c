"""What outcomes say of a behavior: nothing is proven or condemned by a few."""

from __future__ import annotations

import pytest

from metathink.memory import open_memory
from metathink.memory.handbook.credit import Credit, Outcome, credit


def measured(shown: int, held_back: int, helps: bool) -> Credit:
    """The credit of a behavior that made all the difference (or spoiled everything) so many times."""
    arms = [(True, helps)] * shown + [(False, not helps)] * held_back
    return credit(Outcome(f"p{n}", arm, right, 10) for n, (arm, right) in enumerate(arms))


@pytest.mark.parametrize("helps", [True, False])
@pytest.mark.parametrize(("shown", "held_back"), [(3, 3), (30, 3), (3, 30), (5, 5), (7, 7)])
def test_a_handful_of_outcomes_in_an_arm_decides_nothing(
    shown: int, held_back: int, helps: bool
) -> None:
    found = measured(shown, held_back, helps)
    assert found.chance > 0.95 if helps else found.chance < 0.05, "the numbers alone would decide"
    assert not found.is_proven and not found.is_harmful


@pytest.mark.parametrize("helps", [True, False])
def test_a_dozen_in_each_arm_that_agree_decide(helps: bool) -> None:
    found = measured(12, 12, helps)
    assert (found.is_proven, found.is_harmful) == (helps, not helps)


async def test_a_behavior_is_not_retired_for_its_first_failures() -> None:
    async with open_memory() as memory:
        hint = "Guess the number and hope for it."
        bad = await memory.handbook.add("guess", hint, source="run-1", validated_by="run-1")
        shown = held = 0
        for number in range(200):
            trial = memory.handbook.trial(f"problem {number}", [bad])
            if (shown if trial.shown else held) == 4:
                continue
            shown, held = shown + bool(trial.shown), held + (not trial.shown)
            await memory.handbook.record(trial, correct=not trial.shown, tokens=10)
        assert (shown, held) == (4, 4)
        assert (await memory.handbook.behavior(bad.id)).status == "active"
