"""Laws of the ledger: what is held and spent never exceeds a limit, whatever happens at once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metathink.core.budget import Budget, Ledger, Price, Reservation
from metathink.core.errors import BudgetExceeded, InvalidInput
from metathink.core.usage import Usage


def wanted(prompt: int = 10, cap: int = 100, n: int = 1, price: Price = Price()) -> Reservation:  # noqa: B008 (frozen)
    return Reservation(prompt, cap, n, price)


@pytest.mark.parametrize("limit", ["tokens", "calls", "seconds", "usd"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_a_limit_that_makes_no_sense_is_refused(limit: str, value: float) -> None:
    with pytest.raises(InvalidInput, match=limit):
        Budget(**{limit: value})  # pyright: ignore[reportArgumentType]


async def test_a_call_is_clipped_to_what_is_left() -> None:
    ledger = Ledger(Budget(tokens=60))
    assert (await ledger.reserve(wanted())).max_tokens == 50


async def test_samples_share_what_is_left() -> None:
    ledger = Ledger(Budget(tokens=60))
    assert (await ledger.reserve(wanted(n=5))).max_tokens == 10


@pytest.mark.parametrize(
    "budget",
    [Budget(tokens=0), Budget(tokens=12), Budget(calls=0), Budget(usd=0), Budget(seconds=0)],
)
async def test_a_budget_too_small_for_one_call_refuses_it(budget: Budget) -> None:
    with pytest.raises(BudgetExceeded):
        await Ledger(budget).reserve(wanted(price=Price(1e-6, 1e-6)))


async def test_a_call_waits_for_others_to_settle_instead_of_being_refused() -> None:
    ledger = Ledger(Budget(tokens=150))
    first = await ledger.reserve(wanted())
    second = asyncio.create_task(ledger.reserve(wanted()))
    await asyncio.sleep(0)
    assert not second.done()
    ledger.settle(first, Usage(10, 5, calls=1))
    assert (await second).max_tokens == 100


async def test_waiting_ends_when_the_time_is_up() -> None:
    ledger = Ledger(Budget(tokens=110, seconds=0.05))
    await ledger.reserve(wanted())
    with pytest.raises(BudgetExceeded, match="time"):
        await ledger.reserve(wanted())


async def test_a_common_purse_limits_all_who_draw_on_it() -> None:
    parent_budget = Ledger(Budget(calls=1))
    one, other = Ledger(parent=parent_budget), Ledger(Budget(calls=5), parent=parent_budget)
    one.settle(await one.reserve(wanted()), Usage(10, 1, calls=1))
    with pytest.raises(BudgetExceeded):
        await other.reserve(wanted())
    assert parent_budget.spent.calls == 1


@settings(deadline=None)  # the machine may be busy
@given(
    tokens=st.integers(0, 3000),
    usd=st.floats(0, 0.02),
    seed=st.integers(0, 999),
    children=st.integers(1, 60),
)
def test_parallel_children_never_overspend(
    tokens: int, usd: float, seed: int, children: int
) -> None:
    rng, price = random.Random(seed), Price(3e-6, 1.5e-5)

    async def child(ledger: Ledger) -> None:
        for _ in range(3):
            call = wanted(rng.randint(1, 200), rng.randint(1, 400), rng.randint(1, 4), price)
            try:
                held = await ledger.reserve(call)
            except BudgetExceeded:
                return
            assert ledger.spent.tokens <= tokens
            await asyncio.sleep(0)
            said = rng.randint(0, held.max_tokens * held.n)
            spent = Usage(held.prompt_tokens, said, calls=1)
            ledger.settle(held, replace(spent, usd=price.of(held.prompt_tokens, said)))

    async def family() -> Ledger:
        ledger = Ledger(Budget(tokens=tokens, usd=usd))
        await asyncio.gather(*(child(ledger) for _ in range(children)))
        return ledger

    ledger = asyncio.run(family())
    assert ledger.spent.tokens <= tokens
    assert ledger.spent.usd <= usd * (1 + 1e-12)
