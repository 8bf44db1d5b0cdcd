"""Where the time of a case's calls went: each stage's distribution, and what the typical and the slow calls did. Pure.

A stage's percentiles do not add up to a call's: the stage that was slow differs from call to call. So a waterfall is
the mean of each stage over the calls of a band of totals, and the tail is explained by two bands beside each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from gateway.bench.histogram import carries
from gateway.bench.rounds import STAMPS as STAMPS_MODE
from gateway.traces.stages import HOP_STAMPS, stages_of
from gateway.wire.lists_generated import STAMPS

if TYPE_CHECKING:
    import pyarrow as pa

Times = NDArray[np.float64]

BAND = (0.45, 0.55)
"""Calls whose total lies between these percentiles: their stages add up to a total, medians of stages would not."""
TAIL_BAND = (0.985, 0.995)
QUANTILES = (0.1, 0.5, 0.9, 0.99)
RESIDUAL = "residual"
_MIN_CALLS = 5


@dataclass(frozen=True, slots=True)
class StageProfile:
    """Mean ns of each stage over the calls in the band; they and the residual add up to the total.

    `compute_rounds_ns` is the median compute of each round that has stamps.
    """

    stages_ns: dict[str, float]
    total_ns: float
    residual_ns: float
    calls: int
    compute_rounds_ns: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bands:
    """The calls around the median beside those around p99, which is None where too few calls carry it.

    `tail_stage` is the stage, or `residual`, that grows most ns from one to the other; empty without a tail.
    """

    p50: StageProfile
    p99: StageProfile | None
    tail_stage: str


@dataclass(frozen=True, slots=True)
class StageFigures:
    """A case's bands, and (p10, p50, p90, p99) in ns of each stage and of the residual; NaN what no calls carry."""

    bands: Bands
    quantiles_ns: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class StampedCalls:
    """One case's calls with stamps, columns of shape (calls,): totals, rounds, and each stage that was stamped, ns."""

    totals: Times
    rounds: NDArray[np.int64]
    stages: dict[str, Times]

    @property
    def residuals(self) -> Times:
        """Of each call what no stage explains, ns."""
        return self.totals - sum(self.stages.values(), np.zeros_like(self.totals))


def stamped(samples: pa.Table) -> dict[int, StampedCalls]:
    """Return the calls with stamps of each case, by its index."""
    table = samples.filter(_equals(samples, STAMPS_MODE))
    cases = table["case"].to_numpy()
    order = np.argsort(cases, kind="stable")
    names = ("total_ns", "round", *STAMPS, *HOP_STAMPS)
    columns = {name: table[name].to_numpy()[order] for name in names}
    found, starts = np.unique(cases[order], return_index=True)
    spans = zip(found, starts, np.append(starts, len(order))[1:], strict=True)
    return {int(case): _calls({name: one[low:high] for name, one in columns.items()}) for case, low, high in spans}


def profiles(samples: pa.Table) -> dict[int, StageProfile]:
    """Return the profile of the typical call of each case, by its index, that has enough calls with stamps."""
    return {case: one.bands.p50 for case, one in figures(stamped(samples)).items()}


def figures(calls: dict[int, StampedCalls]) -> dict[int, StageFigures]:
    """Return the figures of each case that has enough calls with stamps."""
    return {
        case: StageFigures(_bands(one), _quantiles(one)) for case, one in calls.items() if len(one.totals) >= _MIN_CALLS
    }


def _calls(columns: dict[str, NDArray[np.int64]]) -> StampedCalls:
    taken = {name for name in (*STAMPS, *HOP_STAMPS) if columns[name].all()}
    stages = {one.name: (columns[one.end] - columns[one.start]).astype(float) for one in stages_of(taken)}
    return StampedCalls(columns["total_ns"].astype(float), columns["round"], stages)


def _bands(calls: StampedCalls) -> Bands:
    typical = _profile(calls, BAND)
    if not carries(len(calls.totals), QUANTILES[-1]):
        return Bands(typical, None, "")
    tail = _profile(calls, TAIL_BAND)
    growth = {name: tail.stages_ns[name] - typical.stages_ns[name] for name in typical.stages_ns}
    growth[RESIDUAL] = tail.residual_ns - typical.residual_ns
    return Bands(typical, tail, max(growth, key=lambda name: growth[name]))


def _profile(calls: StampedCalls, band: tuple[float, float]) -> StageProfile:
    low, high = np.quantile(calls.totals, band, method="inverted_cdf")  # of calls, so that none is ever empty
    inside = (calls.totals >= low) & (calls.totals <= high)
    stages = {name: float(times[inside].mean()) for name, times in calls.stages.items()}
    total = float(calls.totals[inside].mean())
    return StageProfile(stages, total, total - sum(stages.values()), int(inside.sum()), _compute(calls))


def _compute(calls: StampedCalls) -> tuple[float, ...]:
    compute = calls.stages.get("compute")
    if compute is None:
        return ()
    found = medians(compute, calls.rounds, int(calls.rounds.max()) + 1)
    return tuple(found[np.isfinite(found)].tolist())


def medians(times: Times, rounds: NDArray[np.int64], count: int) -> Times:
    """Return the median of each of `count` rounds' times, shape (count,); NaN for a round without any."""
    found = np.full(count, math.nan)
    for one in np.unique(rounds):
        found[one] = np.median(times[rounds == one])
    return found


def _quantiles(calls: StampedCalls) -> dict[str, tuple[float, ...]]:
    parts = {**calls.stages, RESIDUAL: calls.residuals}
    carried = [carries(len(calls.totals), max(share, 1 - share)) for share in QUANTILES]
    return {
        name: tuple(
            float(one) if there else math.nan for one, there in zip(np.quantile(times, QUANTILES), carried, strict=True)
        )
        for name, times in parts.items()
    }


def _equals(samples: pa.Table, mode: str) -> pa.Array:
    return pc.equal(samples["mode"], mode)  # type: ignore[attr-defined] - made at run time by pyarrow
