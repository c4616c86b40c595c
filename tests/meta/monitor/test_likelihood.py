"""The mean log-probability needs every token, and follows their relevance."""

from __future__ import annotations

import math

import pytest

from metathink.core.errors import InvalidInput
from metathink.meta.monitor.likelihood import mean_logprob
from metathink.meta.sample import Sample


def test_every_token_needs_a_log_probability():
    assert mean_logprob(Sample("4", logprobs=(-0.5, -1.5))) == -1.0
    assert mean_logprob(Sample("4")) is None
    assert mean_logprob(Sample("4", logprobs=(-0.5, math.nan))) is None
    assert mean_logprob(Sample("4", logprobs=(0.5,))) is None


def test_relevance_moves_the_mean_to_the_tokens_that_matter():
    sample = Sample("4", logprobs=(-4.0, -1.0), relevance=(0.0, 2.0))
    assert mean_logprob(sample) == -1.0
    assert mean_logprob(Sample("4", logprobs=(-4.0, -1.0), relevance=(0.0, 0.0))) == -2.5
    with pytest.raises(InvalidInput, match="relevance"):
        mean_logprob(Sample("4", logprobs=(-4.0, -1.0), relevance=(1.0,)))
