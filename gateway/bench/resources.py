"""What a case costs besides time: CPU, switches, faults, memory, garbage collection, threads. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.rounds import OFF

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gateway.bench.plan import Case
    from gateway.bench.tables import Blocks


@dataclass(frozen=True, slots=True)
class Resources:
    """What a call without stamps used, over all rounds; NaN what was not read.

    A call: `driver_cpu_ns` to `allocated_bytes`; switches and faults are those of all processes of the call. Of the
    Go process while it called: garbage collections a second, their share of its CPU time (the runtime's own estimate,
    which counts idle marking too), the longest pause. As held under load, the median of the blocks' ends: bytes and
    threads. `native_memory_bytes` is the driver's RSS less what Go holds: the Rust library, stacks of C, and the
    program itself; GOMEMLIMIT does not see it. `worker_…` is everything that answers; 0 where nothing else takes part.
    """

    driver_cpu_ns: float
    worker_cpu_ns: float
    voluntary_switches: float
    involuntary_switches: float
    minor_faults: float
    major_faults: float
    allocated_objects: float
    allocated_bytes: float
    gc_cycles_per_s: float
    gc_cpu_share: float
    gc_pause_max_ns: float
    driver_rss_bytes: float
    driver_pss_bytes: float
    go_memory_bytes: float
    native_memory_bytes: float
    worker_rss_bytes: float
    worker_pss_bytes: float
    driver_threads: float
    worker_threads: float


def resources(index: int, case: Case, blocks: Blocks) -> Resources:
    """Return what the case cost; the worker counts only where it takes part."""
    mine = np.flatnonzero((blocks.case == index) & (blocks.mode == OFF))
    remote = case.placement == "process"
    return Resources(
        **_a_call(blocks, mine, remote=remote),
        **_garbage(blocks, mine),
        **_held(blocks, mine, remote=remote),
    )


def _a_call(blocks: Blocks, mine: NDArray[np.int64], *, remote: bool) -> dict[str, float]:
    calls = max(1, int(blocks.calls[mine].sum()))

    def sums(name: str) -> float:
        there = float(getattr(blocks, f"worker_{name}")[mine].sum()) if remote else 0.0
        return (float(getattr(blocks, f"driver_{name}")[mine].sum()) + there) / calls

    counted = ("voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
    return {
        "driver_cpu_ns": float(blocks.driver_cpu_ns[mine].sum()) / calls,
        "worker_cpu_ns": float(blocks.worker_cpu_ns[mine].sum()) / calls if remote else 0.0,
        **{name: sums(name) for name in counted},
        "allocated_objects": float(blocks.allocated_objects[mine].sum()) / calls,
        "allocated_bytes": float(blocks.allocated_bytes[mine].sum()) / calls,
    }


def _garbage(blocks: Blocks, mine: NDArray[np.int64]) -> dict[str, float]:
    seconds, cpu = blocks.duration_ns[mine].sum() / 1e9, float(blocks.driver_cpu_ns[mine].sum())
    return {
        "gc_cycles_per_s": float(blocks.gc_cycles[mine].sum() / seconds) if seconds else math.nan,
        "gc_cpu_share": min(1.0, float(blocks.gc_cpu_ns[mine].sum()) / cpu) if cpu else math.nan,
        "gc_pause_max_ns": float(blocks.gc_pause_max_ns[mine].max(initial=0)),
    }


def _held(blocks: Blocks, mine: NDArray[np.int64], *, remote: bool) -> dict[str, float]:
    of_driver = ("driver_rss_bytes", "driver_pss_bytes", "go_memory_bytes", "driver_threads")
    of_worker = ("worker_rss_bytes", "worker_pss_bytes", "worker_threads")
    rss, go_memory = blocks.driver_rss_bytes[mine], blocks.go_memory_bytes[mine]
    both = (rss > 0) & (go_memory > 0)
    return {
        **{name: _median(getattr(blocks, name)[mine]) for name in of_driver},
        **{name: _median(getattr(blocks, name)[mine]) if remote else 0.0 for name in of_worker},
        "native_memory_bytes": _median(np.maximum(1, rss - go_memory)[both]),
    }


def _median(held: NDArray[np.int64]) -> float:
    """Return the median of what was read; NaN where nothing was."""
    return float(np.median(held[held > 0])) if (held > 0).any() else math.nan
