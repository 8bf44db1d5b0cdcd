"""What each round says of each case: matrices of cases by rounds, of which every interval is made. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gateway.bench.rounds import OFF

if TYPE_CHECKING:
    from gateway.bench.folder import Run
    from gateway.bench.plan import Plan
    from gateway.bench.tables import Blocks

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PerRound:
    """Figures of shape (cases, rounds), in the order of the plan's cases, controls included; NaN without a block.

    `medians` and `cpu` are ns a call, `throughput` is calls a second. `deciding` is what ratios and verdicts are made
    of: the median, or with several callers in a closed loop the mean by throughput. CPU is that of every process of the
    call.
    """

    medians: Matrix
    deciding: Matrix
    cpu: Matrix
    throughput: Matrix


def per_round(run: Run, mode: str = OFF) -> PerRound:
    """Return the figures of a run's rounds in one tracing mode."""
    return of_blocks(run.blocks, run.manifest.plan, len(run.manifest.rounds), mode)


def of_blocks(blocks: Blocks, plan: Plan, rounds: int, mode: str = OFF) -> PerRound:
    """Return the figures of `rounds` rounds, of which some blocks may be missing."""
    mine = np.flatnonzero((blocks.mode == mode) & (blocks.calls > 0))
    shape = (len(plan.cases), max(1, rounds, int(blocks.round.max(initial=-1)) + 1))
    calls, places = blocks.calls[mine], (blocks.case[mine], blocks.round[mine])
    medians = _matrix(shape, places, blocks.percentiles(0.5)[mine])
    throughput = _matrix(shape, places, calls / blocks.duration_ns[mine] * 1e9)
    cpu = _matrix(shape, places, np.where(_unseen(blocks, plan), np.nan, _cpu_ns(blocks, plan))[mine] / calls)
    return PerRound(medians, _deciding(plan, medians, throughput), cpu, throughput)


def _matrix(shape: tuple[int, int], places: tuple[NDArray[np.int64], NDArray[np.int64]], values: Matrix) -> Matrix:
    matrix = np.full(shape, np.nan)
    matrix[places] = values
    return matrix


def _cpu_ns(blocks: Blocks, plan: Plan) -> NDArray[np.int64]:
    """Return the CPU time of all processes that take part; an idle worker takes none in a native or in-process call."""
    remote = np.array([case.placement == "process" for case in plan.cases])
    return blocks.driver_cpu_ns + np.where(remote[blocks.case], blocks.worker_cpu_ns, 0)


def _unseen(blocks: Blocks, plan: Plan) -> NDArray[np.bool_]:
    """Return which blocks led into a container whose processes could not be read."""
    into = np.array([bool(case.target) for case in plan.cases])
    return into[blocks.case] & (blocks.worker_cpu_ns == 0)


def _deciding(plan: Plan, medians: Matrix, throughput: Matrix) -> Matrix:
    """Return medians, and by Little's law callers over throughput (the mean time in the system) where that decides."""
    callers = np.array([case.scenario.callers for case in plan.cases])[:, None]
    by_throughput = np.array([case.scenario.by_throughput for case in plan.cases])[:, None]
    return np.where(by_throughput, callers / throughput * 1e9, medians)
