"""What tracing costs a call."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench.tracing_price import prices

OFF = 1_000 * np.exp(np.random.default_rng(3).normal(0, 0.3, (1, 40)))
"""Rounds of which some are twice as slow as others, the same for all modes."""


def test_a_modes_price_is_taken_within_rounds() -> None:
    found = prices(0, OFF, {"sampled": 3 * OFF})["sampled"]
    assert found.ratio.estimate == pytest.approx(3.0)
    assert found.ratio.half_width == pytest.approx(0.0, abs=1e-9)


def test_a_price_in_ns_is_that_of_the_median_call_and_one_wild_round_does_not_make_it() -> None:
    times = OFF + 250
    times[0, 7] *= 50
    found = prices(0, OFF, {"stamps": times})["stamps"].more_ns
    assert found.low is not None and found.high is not None
    assert found.low < 250 < found.high
    assert found.estimate < 500


def test_a_mode_in_which_the_case_was_not_measured_has_no_price() -> None:
    assert prices(0, OFF, {"unsampled": np.full_like(OFF, np.nan)}) == {}


def test_a_mode_of_few_rounds_is_told_without_an_interval() -> None:
    some = np.where(np.arange(40) % 5 == 0, OFF * 2, np.nan)
    found = prices(0, OFF, {"stamps": some})["stamps"]
    assert found.ratio.estimate == pytest.approx(2.0)
    assert not found.ratio.carried
