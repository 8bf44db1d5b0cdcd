"""What tracing itself costs a call: each mode beside off, within rounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import Interval, mean_interval, ratio_interval

if TYPE_CHECKING:
    from gateway.bench.per_round import Matrix


@dataclass(frozen=True, slots=True)
class TracingPrice:
    """A mode's time beside off's: as a ratio, and as ns a call more."""

    ratio: Interval
    more_ns: Interval


def prices(index: int, off: Matrix, modes: dict[str, Matrix]) -> dict[str, TracingPrice]:
    """Return the price of each mode in which the case was measured; matrices are of shape (cases, rounds)."""
    return {
        mode: TracingPrice(ratio_interval(times[index], off[index]), _more(times[index], off[index]))
        for mode, times in modes.items()
        if np.isfinite(times[index] - off[index]).any()
    }


def _more(times: Matrix, off: Matrix) -> Interval:
    differences = times - off
    return mean_interval(differences[np.isfinite(differences)])
