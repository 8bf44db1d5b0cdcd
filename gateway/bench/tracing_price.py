"""What tracing itself costs a call: each mode beside off, within rounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import Interval, ratio_interval

if TYPE_CHECKING:
    from gateway.bench.per_round import Matrix


@dataclass(frozen=True, slots=True)
class TracingPrice:
    """A mode's time beside off's: as a ratio, and as ns a call more, which is the ratio's part of the median off."""

    ratio: Interval
    more_ns: Interval


def prices(index: int, off: Matrix, modes: dict[str, Matrix]) -> dict[str, TracingPrice]:
    """Return the price of each mode in which the case was measured; matrices are of shape (cases, rounds)."""
    return {
        mode: _price(times[index], off[index])
        for mode, times in modes.items()
        if np.isfinite(times[index] - off[index]).any()
    }


def _price(times: Matrix, off: Matrix) -> TracingPrice:
    ratio, off_ns = ratio_interval(times, off), float(np.nanmedian(off))

    def more_ns(share: float | None) -> float | None:
        return None if share is None else (share - 1) * off_ns

    more = replace(ratio, estimate=(ratio.estimate - 1) * off_ns, low=more_ns(ratio.low), high=more_ns(ratio.high))
    return TracingPrice(ratio, more)
