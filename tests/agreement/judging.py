"""Whether two tools agree, out of their figures of the same rounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Series = NDArray[np.float64]

DIFFERENCE_TOLERANCE = 0.10
THROUGHPUT_TOLERANCE = 0.15


@dataclass(frozen=True)
class Finding:
    """One figure by our driver and by ghz; `low` and `high` hold the deviation at 95 %. Lengths and rates in `unit`."""

    name: str
    unit: str
    driver: float
    ghz: float
    deviation: float
    low: float
    high: float
    tolerance: float | None

    @property
    def agrees(self) -> bool:
        """Whether they are within the tolerance; without one the figure is shown only."""
        return self.tolerance is None or abs(self.deviation) <= self.tolerance


def difference(name: str, driver: Series, ghz: Series) -> Finding:
    """Judge the difference of two kernels' medians, ns, one a round: both shape (rounds,).

    The deviation is the median over rounds of ghz's difference minus the driver's, as a share of the driver's: within a
    round both saw the same machine. A ratio a round would be undefined where noise makes a difference 0.
    """
    whole = float(np.median(driver))
    deviation, low, high = (one / whole for one in _median(ghz - driver))
    return Finding(name, "µs", whole / 1e3, float(np.median(ghz)) / 1e3, deviation, low, high, DIFFERENCE_TOLERANCE)


def throughput(name: str, driver: Series, ghz: Series, *, judged: bool) -> Finding:
    """Judge, or only show, calls a second, one figure a round."""
    deviation, low, high = (one - 1 for one in _median(ghz / driver))
    medians = float(np.median(driver)), float(np.median(ghz))
    return Finding(name, "/s", *medians, deviation, low, high, THROUGHPUT_TOLERANCE if judged else None)


def _median(rounds: Series) -> tuple[float, float, float]:
    """The median with a 95 % interval by order statistics (Conover 1999, Practical Nonparametric Statistics, §3.2)."""
    interval = stats.quantile_test(rounds, p=0.5).confidence_interval(0.95)
    return float(np.median(rounds)), float(interval.low), float(interval.high)
