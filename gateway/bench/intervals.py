"""Intervals over rounds: the round is the statistical unit, and rounds follow one another, so they are not independent.

A plain bootstrap over rounds covers far less than it says as soon as rounds are autocorrelated. Batch means do better:
neighbouring rounds are averaged into five batches, whose means are nearly independent. Where the rounds' own lag-1
autocorrelation says that even the batches still hang together, the wider of both intervals counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]

MIN_ROUNDS = 20
"""Below this the five batches are too short: coverage at autocorrelation 0.5 falls under 90 % (tests/bench)."""
MIN_EFFECTIVE_ROUNDS = 3.0
_BATCHES = 5
_T_97_5_WITH_4_DEGREES = 2.7764451051977987
_Z_97_5 = 1.959963984540054
_MAX_AUTOCORRELATION = 0.99


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a mean over rounds; `low` and `high` are None where too few rounds carry it."""

    estimate: float
    low: float | None
    high: float | None
    rounds: int
    autocorrelation: float
    effective_rounds: float

    @property
    def carried(self) -> bool:
        """Whether the rounds carry an interval at all."""
        return self.low is not None and self.high is not None

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside; False where there is no interval."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high

    @property
    def half_width(self) -> float | None:
        """Half of high minus low."""
        return (self.high - self.low) / 2 if self.low is not None and self.high is not None else None


def mean_interval(rounds: Series) -> Interval:
    """Return the 95 % interval of the mean of a series over rounds, in their order in time, shape (rounds,)."""
    count = len(rounds)
    if count == 0:
        return Interval(math.nan, None, None, 0, 0.0, 0.0)
    mean = float(np.mean(rounds))
    correlation = autocorrelation(rounds)
    effective = effective_rounds(count, correlation)
    if count < MIN_ROUNDS or effective < MIN_EFFECTIVE_ROUNDS:
        return Interval(mean, None, None, count, correlation, effective)
    half = max(_batch_means_half_width(rounds), _autoregressive_half_width(rounds, effective))
    return Interval(mean, mean - half, mean + half, count, correlation, effective)


def ratio_interval(numerators: Series, denominators: Series) -> Interval:
    """Return the 95 % interval of a within-round ratio: of the mean log ratio, taken back by exp.

    Rounds in which either is missing (NaN) are left out.
    """
    usable = (numerators > 0) & (denominators > 0)
    inner = mean_interval(np.log(numerators[usable]) - np.log(denominators[usable]))
    low = math.exp(inner.low) if inner.low is not None else None
    high = math.exp(inner.high) if inner.high is not None else None
    return Interval(math.exp(inner.estimate), low, high, inner.rounds, inner.autocorrelation, inner.effective_rounds)


def autocorrelation(rounds: Series) -> float:
    """Return the lag-1 autocorrelation in [0, 0.99], freed of its small-sample bias.

    The estimate r is biased by about -(1 + 4 rho)/n (Marriott and Pope 1954, Biometrika 41), so
    rho = (n r + 1)/(n - 4). A negative one would narrow an interval; it is taken as 0.
    """
    count = len(rounds)
    deviations = rounds - rounds.mean()
    power = float(deviations @ deviations)
    if count <= _BATCHES or power == 0.0:
        return 0.0
    raw = float(deviations[1:] @ deviations[:-1]) / power
    return min(max((count * raw + 1) / (count - 4), 0.0), _MAX_AUTOCORRELATION)


def effective_rounds(count: int, correlation: float) -> float:
    """Return how many independent rounds carry as much as `count` of an AR(1) series: n (1 - rho)/(1 + rho)."""
    return count * (1 - correlation) / (1 + correlation)


def t_quantile_97_5(degrees: float) -> float:
    """Return Student's t at 97.5 % for three or more degrees, by Abramowitz and Stegun 26.7.5 (error < 1 %)."""
    z, degrees = _Z_97_5, max(degrees, 3.0)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def _batch_means_half_width(rounds: Series) -> float:
    """Return t(4) s/sqrt(5) over five batch means (Schmeiser 1982, Operations Research 30)."""
    edges = np.linspace(0, len(rounds), _BATCHES + 1).round().astype(int)
    means = np.array([rounds[low:high].mean() for low, high in pairwise(edges)])
    return float(_T_97_5_WITH_4_DEGREES * means.std(ddof=1) / math.sqrt(_BATCHES))


def _autoregressive_half_width(rounds: Series, effective: float) -> float:
    """Return t(m - 1) s/sqrt(m) with m effective rounds; s is freed of the bias that autocorrelation gives it."""
    count = len(rounds)
    carried = max(effective, MIN_EFFECTIVE_ROUNDS)
    spread = float(rounds.std(ddof=1)) * math.sqrt((1 - 1 / count) / (1 - 1 / carried))
    return t_quantile_97_5(carried - 1) * spread / math.sqrt(carried)
