"""Laws of the gate of refinement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metathink.core.errors import InvalidInput
from metathink.meta.control.refinement import RefinementGate
from metathink.meta.sample import Label


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_gate_closes_as_confidence_rises(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    gate = RefinementGate(mend=0.4, breaks=0.2)
    if gate.decide(high).choice == "refine":
        assert gate.decide(low).choice == "refine"


def test_the_threshold_is_where_the_gate_turns() -> None:
    gate = RefinementGate(mend=0.4, breaks=0.2, price=0.04)
    assert gate.decide(gate.threshold - 1e-6).choice == "refine"
    assert gate.decide(gate.threshold + 1e-6).choice == "keep"


def test_harmful_refinement_is_learned_to_be_left_alone() -> None:
    before, after = [Label(True)] * 80 + [Label(False)] * 20, [Label(False)] * 100
    gate = RefinementGate().fit(before, after)
    assert gate.breaks > 0.8 and gate.threshold < 0.05


@pytest.mark.parametrize("confidence", [float("nan"), -0.1, 1.1, 95.0])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(InvalidInput):
        RefinementGate().decide(confidence)
