"""Times of two modes are called so; skew, long tails and coarse buckets are not."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench.bimodality import is_bimodal

RNG = np.random.default_rng(7)
CALLS = 20_000


def lognormal(centre_us: float, sigma: float, calls: int = CALLS) -> np.ndarray:
    return centre_us * np.exp(RNG.normal(0, sigma, calls))


def counted(times_us: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count times in buckets of three significant digits, as the driver does."""
    scale = 10 ** (np.floor(np.log10(times_us)) - 2)
    return np.unique(np.ceil(times_us / scale) * scale, return_counts=True)


UNIMODAL = {
    "narrow": lognormal(50, 0.03),
    "wide": lognormal(50, 0.5),
    "exponential tail": 40 + RNG.exponential(15, CALLS),
    "heavy tail": 40 + 5 * RNG.pareto(1.5, CALLS),
    "gamma": RNG.gamma(3, 10, CALLS),
    "a small bump far out": np.concatenate([lognormal(50, 0.05, 19_000), lognormal(400, 0.1, 1_000)]),
    "shoulder": np.concatenate([lognormal(50, 0.08, 12_000), lognormal(56, 0.08, 8_000)]),
    "few calls": lognormal(50, 0.2, 250),
    "one bucket": np.full(CALLS, 50.0),
}
BIMODAL = {
    "one core or two": np.concatenate([lognormal(15, 0.1, 10_000), lognormal(50, 0.1, 10_000)]),
    "rarely on one core": np.concatenate([lognormal(15, 0.1, 3_000), lognormal(50, 0.2, 17_000)]),
    "mostly on one core": np.concatenate([lognormal(15, 0.2, 17_000), lognormal(50, 0.2, 3_000)]),
    "near each other": np.concatenate([lognormal(40, 0.08, 10_000), lognormal(60, 0.08, 10_000)]),
    "with a tail": np.concatenate([lognormal(15, 0.1, 10_000), 45 + RNG.exponential(10, 10_000)]),
}


@pytest.mark.parametrize("name", UNIMODAL)
def test_one_mode_is_called_one_whatever_its_shape(name: str) -> None:
    assert not is_bimodal(*counted(UNIMODAL[name]))


@pytest.mark.parametrize("name", BIMODAL)
def test_two_modes_are_called_two(name: str) -> None:
    assert is_bimodal(*counted(BIMODAL[name]))


def test_too_few_calls_say_nothing() -> None:
    assert not is_bimodal(*counted(np.concatenate([lognormal(15, 0.1, 50), lognormal(50, 0.1, 50)])))
    assert not is_bimodal(np.empty(0), np.empty(0, dtype=np.int64))


def test_one_mode_is_hardly_ever_called_two() -> None:
    rng = np.random.default_rng(11)
    for sigma in (0.05, 0.2, 0.5):
        alarms = sum(is_bimodal(*counted(50 * np.exp(rng.normal(0, sigma, 1_000)))) for _ in range(100))
        assert alarms <= 1
