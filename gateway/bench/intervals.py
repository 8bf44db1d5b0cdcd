"""Intervals over rounds: the round is the statistical unit, and rounds follow one another, so they are not independent.

What is estimated is a mean over rounds: of times, of within-round differences, or of the logarithm of within-round
ratios (so a ratio is a geometric mean). A round that was slow counts like every other.

Neighbouring rounds are averaged into batches, whose means hang together less and in a simpler way than the rounds
(Schmeiser 1982, Operations Research 30(3)). How much they still do, as an AR(1) process, is not taken from the point
estimate, which is wrong by a lot in a short series, but integrated over all its values by how likely they make the data
(Zellner and Tiao 1964, Bayesian Analysis of the Regression Model with Autocorrelated Errors, JASA 59(307), flat prior).
The interval holds the middle 95 % of the mixture of Student's t distributions that results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

Series = NDArray[np.float64]

MIN_ROUNDS = 40
"""Below this no interval is printed: independent rounds and ones at autocorrelation 0.9 cannot be told apart, and an
interval that is right for one covers too little or too much for the other (`python -m tests.bench.coverage`)."""
MIN_EFFECTIVE_BATCHES = 2.0
"""Below this the rounds only drift."""
_ROUNDS_A_BATCH = 2.5
_MOST_BATCHES = 40
_TAIL = 0.025
_CORRELATIONS: Series = np.linspace(-0.9, 0.99, 95)
_LEAST_WEIGHT = 1e-6
_PRECISION = 1e-4
"""Of a limit, in standard errors."""
_EQUAL = 1e-12
"""Batches that differ by a smaller share differ by rounding."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval of a mean over rounds; `low` and `high` are None where too few rounds carry it.

    `autocorrelation` is that of neighbouring rounds; `effective_rounds` is how many independent ones carry as much.
    """

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
    """Return the 95 % interval of the mean of a series over rounds, in their order in time, shape (rounds,).

    Rounds that are missing (NaN) are left out.
    """
    rounds = rounds[np.isfinite(rounds)]
    count = len(rounds)
    if count == 0:
        return Interval(math.nan, None, None, 0, 0.0, 0.0)
    mean, correlation = float(np.mean(rounds)), autocorrelation(rounds)
    if count < MIN_ROUNDS:
        return Interval(mean, None, None, count, correlation, _effective(count, correlation))
    batches = batch_means(rounds)
    if np.ptp(batches) <= _EQUAL * np.abs(batches).max():
        return Interval(mean, mean, mean, count, correlation, float(count))
    mixture = _Mixture.of(batches - mean)
    effective = min(count * mixture.effective / len(batches), float(count))
    if mixture.effective < MIN_EFFECTIVE_BATCHES:
        return Interval(mean, None, None, count, correlation, effective)
    low, high = (mean + mixture.quantile(share) for share in (_TAIL, 1 - _TAIL))
    return Interval(mean, min(low, mean), max(high, mean), count, correlation, effective)


def ratio_interval(numerators: Series, denominators: Series) -> Interval:
    """Return the 95 % interval of a within-round ratio: of the mean log ratio, taken back by exp.

    Rounds in which either is missing (NaN) are left out.
    """
    usable = (numerators > 0) & (denominators > 0)
    inner = mean_interval(np.log(numerators[usable]) - np.log(denominators[usable]))
    low = math.exp(inner.low) if inner.low is not None else None
    high = math.exp(inner.high) if inner.high is not None else None
    return Interval(math.exp(inner.estimate), low, high, inner.rounds, inner.autocorrelation, inner.effective_rounds)


def median_interval(rounds: Series) -> Interval:
    """Return the 95 % interval of the median of a series over rounds, which a few wild rounds do not move.

    The share of rounds up to the median is a mean over rounds, so it has the interval of one; the series' quantiles at
    that interval's ends are the median's (Woodruff 1952, JASA 47(260)). Rounds that are missing (NaN) are left out.
    """
    present = rounds[np.isfinite(rounds)]
    if not len(present):
        return mean_interval(present)
    middle = float(np.median(present))
    share = mean_interval((present <= middle).astype(np.float64))
    if share.low is None or share.high is None:
        return replace(share, estimate=middle)
    low, high = (float(np.quantile(present, min(max(one, 0.0), 1.0))) for one in (share.low, share.high))
    return replace(share, estimate=middle, low=min(low, middle), high=max(high, middle))


def difference_interval(minuends: Series, subtrahends: Series) -> Interval:
    """Return the 95 % interval of a mean within-round difference; rounds in which either is missing are left out."""
    return mean_interval(minuends - subtrahends)


def quotient_interval(numerator: Interval, denominator: Interval) -> Interval:
    """Return the 95 % interval of the quotient of two positive means of independent runs.

    Limits are recovered from those of both by their distances on the logarithmic scale (MOVER: Zou and Donner 2008,
    Statistics in Medicine 27(10)). There is no interval where one of both has none; the fewer rounds count.
    """
    estimate = numerator.estimate / denominator.estimate
    low, high = _quotient_limits(numerator, denominator)
    return Interval(
        estimate,
        estimate / math.exp(low) if low is not None else None,
        estimate * math.exp(high) if high is not None else None,
        min(numerator.rounds, denominator.rounds),
        max(numerator.autocorrelation, denominator.autocorrelation),
        min(numerator.effective_rounds, denominator.effective_rounds),
    )


def autocorrelation(rounds: Series) -> float:
    """Return the lag-1 autocorrelation in [0, 0.99], freed of its small-sample bias; for people, not for the interval.

    The estimate r is biased by about -(1 + 4 rho)/n (Marriott and Pope 1954, Biometrika 41), so
    rho = (n r + 1)/(n - 4). A negative one is taken as 0.
    """
    count = len(rounds)
    deviations = rounds - rounds.mean()
    power = float(deviations @ deviations)
    if count <= 5 or power == 0.0:
        return 0.0
    raw = float(deviations[1:] @ deviations[:-1]) / power
    return min(max((count * raw + 1) / (count - 4), 0.0), float(_CORRELATIONS[-1]))


def batch_means(rounds: Series) -> Series:
    """Return the means of neighbouring rounds: two batches for every five rounds, 40 at most."""
    count = len(rounds)
    batches = min(_MOST_BATCHES, int(count / _ROUNDS_A_BATCH))
    edges = np.linspace(0, count, batches + 1).round().astype(int)
    return np.add.reduceat(rounds, edges[:-1]) / np.diff(edges)


@dataclass(frozen=True, slots=True)
class _Mixture:
    """What a series says of its mean: a t distribution for each autocorrelation, by how likely that is.

    `effective` is how many independent observations carry as much. Correlations that the series rules out are left out.
    """

    weights: Series
    centres: Series
    scales: Series
    degrees: int
    effective: float

    @classmethod
    def of(cls, series: Series) -> _Mixture:
        """Return it for an AR(1) series with unknown mean and spread, by the exact likelihood, shape (observations,).

        With the mean and the spread integrated out the likelihood of a correlation r is
        sqrt(1 - r²) / sqrt(information) · squares^(-(n - 1)/2).
        """
        r, count = _CORRELATIONS, len(series)
        first, last, total = series[0], series[-1], series.sum()
        information = (1 - r**2) + (count - 1) * (1 - r) ** 2
        steps = (total - first) - r * (total - last)
        centres = ((1 - r**2) * first + (1 - r) * steps) / information
        squares = _squared_steps(series) - information * centres**2
        squares = np.maximum(squares, np.finfo(float).tiny)
        log_likelihood = 0.5 * np.log((1 - r**2) / information) - (count - 1) / 2 * np.log(squares)
        weights = np.exp(log_likelihood - log_likelihood.max())
        there, scales = weights > _LEAST_WEIGHT, np.sqrt(squares / ((count - 1) * information))
        weights /= weights.sum()
        effective = float(weights @ (information / (1 - r**2)))
        return cls(weights[there] / weights[there].sum(), centres[there], scales[there], count - 1, effective)

    def quantile(self, share: float) -> float:
        """Return the value below which `share` of the mixture lies."""
        ends = self.centres + self.scales * stdtrit(self.degrees, share)
        within = _PRECISION * float(self.scales.min())
        low, high = float(ends.min()) - within, float(ends.max()) + within
        return float(brentq(lambda value: self._below(value) - share, low, high, xtol=within))  # type: ignore[arg-type]

    def _below(self, value: float) -> float:
        return float(self.weights @ stdtr(self.degrees, (value - self.centres) / self.scales))


def _squared_steps(series: Series) -> Series:
    """Return (1 - r²) x₁² + Σ (xₜ - r xₜ₋₁)² for each correlation."""
    r, power = _CORRELATIONS, float(series @ series)
    first, last, neighbours = float(series[0]) ** 2, float(series[-1]) ** 2, float(series[1:] @ series[:-1])
    return (1 - r**2) * first + (power - first) - 2 * r * neighbours + r**2 * (power - last)


def _quotient_limits(numerator: Interval, denominator: Interval) -> tuple[float | None, float | None]:
    """Return the distances of both limits from the estimate on the logarithmic scale."""
    if numerator.low is None or numerator.high is None or denominator.low is None or denominator.high is None:
        return None, None
    one, other = numerator.estimate, denominator.estimate
    low = math.hypot(math.log(one / numerator.low), math.log(denominator.high / other))
    return low, math.hypot(math.log(numerator.high / one), math.log(other / denominator.low))


def _effective(count: int, correlation: float) -> float:
    """Return how many independent rounds carry as much as `count` of an AR(1) series: n (1 - rho)/(1 + rho)."""
    return count * (1 - correlation) / (1 + correlation)
