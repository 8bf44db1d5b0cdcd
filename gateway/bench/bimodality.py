"""Whether a case's times have two modes, as unpinned round trips have. Pure.

Silverman's view (Using Kernel Density Estimates to Investigate Multimodality, J. R. Statist. Soc. B 43, 1981): the
density of the logarithm of the times is estimated with a kernel, and its modes are counted. Of a million calls any
bump is significant, so a bump is a second mode only where it is large: it holds a tenth of the calls, and the valley
before it is at most half as high as the lower of both.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SHARE = 0.1
MAX_VALLEY = 0.5
MIN_CALLS = 200
_POINTS = 512
_LEAST_BANDWIDTH = 0.03
"""In the logarithm: modes nearer than some 10 % are one."""
_MOST_CALLS = 1_000
"""The bandwidth is that of so many calls at most: finer shows what no reader cares for."""


def is_bimodal(values: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Whether a histogram of times (values in any unit, rising, both of shape (buckets,)) has two large modes."""
    total = int(counts.sum())
    if total < MIN_CALLS or values.min(initial=1.0) <= 0:
        return False
    logs = np.log(values)
    grid, density = _density(logs, counts / total)
    peaks, _ = find_peaks(np.concatenate([[0.0], density, [0.0]]))
    return any(_parted(grid, density, place, logs, counts / total) for place in _valleys(density, peaks - 1))


def _density(logs: NDArray[np.float64], shares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (grid, density) by a Gaussian kernel, its bandwidth by Silverman's rule of thumb (1986, eq. 3.31)."""
    upto = np.cumsum(shares)
    low, high = (logs[np.searchsorted(upto, share)] for share in (0.25, 0.75))
    mean = float(shares @ logs)
    deviation = float(np.sqrt(shares @ (logs - mean) ** 2))
    spread = min(deviation, (high - low) / 1.34) or deviation
    bandwidth = max(_LEAST_BANDWIDTH, 0.9 * spread * _MOST_CALLS**-0.2)
    grid = np.linspace(logs[0] - 3 * bandwidth, logs[np.searchsorted(upto, 0.999)] + 3 * bandwidth, _POINTS)
    kernel = np.exp(-0.5 * ((grid[:, None] - logs[None, :]) / bandwidth) ** 2)
    return grid, kernel @ shares


def _valleys(density: NDArray[np.float64], peaks: NDArray[np.int64]) -> list[int]:
    """Return the lowest place between each two neighbouring peaks."""
    return [int(low + np.argmin(density[low:high])) for low, high in pairwise(peaks.tolist())]


def _parted(
    grid: NDArray[np.float64],
    density: NDArray[np.float64],
    place: int,
    logs: NDArray[np.float64],
    shares: NDArray[np.float64],
) -> bool:
    """Whether the valley parts two modes that are both large and both stand out of it."""
    left = float(shares[logs <= grid[place]].sum())
    lower = min(density[:place].max(initial=0.0), density[place:].max(initial=0.0))
    return min(left, 1 - left) >= MIN_SHARE and density[place] <= MAX_VALLEY * lower
