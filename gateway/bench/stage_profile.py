"""Where the time of a case's typical call went: the stages of the calls around its median. Pure, vectorised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from gateway.bench.rounds import STAMPS as STAMPS_MODE
from gateway.traces.stages import HOP_STAMPS, stages_of
from gateway.wire.lists_generated import STAGES, STAMPS

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

BAND = (0.45, 0.55)
"""Calls whose total lies between these percentiles: their stages add up to a total, medians of stages would not."""
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


def profiles(samples: pa.Table) -> dict[int, StageProfile]:
    """Return the profile of each case (by its index) that has enough calls with stamps."""
    stamped = samples.filter(_equals(samples, STAMPS_MODE))
    cases = stamped["case"].to_numpy()
    order = np.argsort(cases, kind="stable")
    stamps = {name: stamped[name].to_numpy()[order] for name in (*STAMPS, *HOP_STAMPS)}
    totals, rounds = stamped["total_ns"].to_numpy()[order], stamped["round"].to_numpy()[order]
    found, starts = np.unique(cases[order], return_index=True)
    spans = zip(found, starts, np.append(starts, len(order))[1:], strict=True)
    return {
        int(case): _profile({name: one[low:high] for name, one in stamps.items()}, totals[low:high], rounds[low:high])
        for case, low, high in spans
        if high - low >= _MIN_CALLS
    }


def _profile(
    stamps: dict[str, NDArray[np.int64]], totals: NDArray[np.float64], rounds: NDArray[np.int32]
) -> StageProfile:
    low, high = np.quantile(totals, BAND)
    band = (totals >= low) & (totals <= high)
    taken = {name for name, values in stamps.items() if values.all()}
    stages = {
        stage.name: float((stamps[stage.end][band] - stamps[stage.start][band]).mean()) for stage in stages_of(taken)
    }
    total = float(totals[band].mean())
    return StageProfile(stages, total, total - sum(stages.values()), int(band.sum()), _compute(stamps, rounds))


def _compute(stamps: dict[str, NDArray[np.int64]], rounds: NDArray[np.int32]) -> tuple[float, ...]:
    compute = next(stage for stage in STAGES if stage.name == "compute")
    if not (stamps[compute.start].all() and stamps[compute.end].all()):
        return ()
    times = stamps[compute.end] - stamps[compute.start]
    return tuple(float(np.median(times[rounds == one])) for one in np.unique(rounds))


def _equals(samples: pa.Table, mode: str) -> pa.Array:
    return pc.equal(samples["mode"], mode)  # type: ignore[attr-defined] - made at run time by pyarrow
