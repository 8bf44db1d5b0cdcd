"""Intervals over machines: the machine is the statistical unit, however many rounds or runs it has given. Pure.

A machine counts once, by its own ratio (an analysis of summary measures: Matthews et al. 1990, BMJ 300:230). Its rounds
say how well that machine's ratio is known; how much machines differ, only machines can say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtrc, stdtrit

from gateway.bench.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MIN_MACHINES = 5
"""Below this no interval over machines is given: where half of all machines are of another kind, three are of one kind
in a quarter of all draws, and their interval is narrow and wrong; five are in one of sixteen (`tests/merge`)."""
_UPPER = 0.975
_ERRORS_AN_INTERVAL = 2 * 1.959964
"""Standard errors from end to end of a 95 % interval, at least."""
_LEAST_ERROR = 1e-9
_BY_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class OverMachines:
    """A ratio over machines, a geometric mean, with its 95 % interval; None where too few machines carry one.

    `on` has each machine's own ratio by its name, with the interval over its rounds.
    """

    estimate: float
    low: float | None
    high: float | None
    on: dict[str, Interval]

    @property
    def machines(self) -> int:
        """How many machines it is made of."""
        return len(self.on)

    @property
    def carried(self) -> bool:
        """Whether the machines carry an interval."""
        return self.low is not None

    @property
    def lowest(self) -> str:
        """The machine with the smallest ratio."""
        return min(self.on, key=lambda name: self.on[name].estimate)

    @property
    def highest(self) -> str:
        """The machine with the largest ratio."""
        return max(self.on, key=lambda name: self.on[name].estimate)

    @property
    def differ(self) -> bool:
        """Whether machines differ by more than their rounds explain: Cochran's Q (1954, Biometrics 10(1)), at 1 %."""
        logs, errors = _logs_and_errors([one for one in self.on.values() if one.carried])
        if len(logs) < 2:
            return False
        weights = errors**-2
        squares = float(weights @ (logs - weights @ logs / weights.sum()) ** 2)
        return float(chdtrc(len(logs) - 1, squares)) < _BY_CHANCE


def over_machines(on: Mapping[str, Interval]) -> OverMachines:
    """Return the geometric mean of machines' ratios and its 95 % interval, by Student's t over their logarithms."""
    known = {name: one for name, one in on.items() if one.estimate > 0 and math.isfinite(one.estimate)}
    if not known:
        return OverMachines(math.nan, None, None, {})
    logs = np.log([one.estimate for one in known.values()])
    mean, count = float(logs.mean()), len(logs)
    if count < MIN_MACHINES:
        return OverMachines(math.exp(mean), None, None, known)
    half = float(stdtrit(count - 1, _UPPER) * logs.std(ddof=1) / math.sqrt(count))
    return OverMachines(math.exp(mean), math.exp(mean - half), math.exp(mean + half), known)


def envelope(runs: Sequence[Interval]) -> Interval:
    """Return one machine's ratio out of its runs: their geometric mean, within all of their intervals' ends.

    Runs of one machine are no sample of machines, and rounds of different days no sample of one day: the ends are the
    widest. There are none where one run has none.
    """
    if len(runs) == 1:
        return runs[0]
    mean = math.exp(sum(math.log(one.estimate) for one in runs) / len(runs))
    lows, highs = [one.low for one in runs if one.low is not None], [one.high for one in runs if one.high is not None]
    whole = len(lows) == len(highs) == len(runs)
    return Interval(
        mean,
        min(lows) if whole else None,
        max(highs) if whole else None,
        sum(one.rounds for one in runs),
        max(one.autocorrelation for one in runs),
        sum(one.effective_rounds for one in runs),
    )


def _logs_and_errors(known: Sequence[Interval]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the logarithms of ratios and their standard errors, by the intervals over rounds."""
    ends = np.log([(one.low or math.nan, one.high or math.nan) for one in known]).reshape(-1, 2)
    errors = np.maximum((ends[:, 1] - ends[:, 0]) / _ERRORS_AN_INTERVAL, _LEAST_ERROR)
    return np.log([one.estimate for one in known]), errors
