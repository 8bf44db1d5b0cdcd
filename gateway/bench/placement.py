"""Which CPUs the driver and the worker may use: every placement gets the same total. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Refusal


@dataclass(frozen=True, slots=True)
class CpuSets:
    """CPU numbers for one block; together they are all CPUs of the run."""

    driver: frozenset[int]
    worker: frozenset[int]

    @property
    def gomaxprocs(self) -> int:
        """Goroutines that the driver may run at once."""
        return len(self.driver)


def cpu_sets(placement: str, cpus: frozenset[int]) -> CpuSets:
    """Split `cpus` for a block: all to the driver, or half each where the kernel runs in a process of its own.

    On one CPU both share it. An odd CPU goes to the worker, which computes.
    """
    if not cpus:
        raise Refusal("no CPU is allowed to this process", "widen its CPU affinity (taskset, cgroup)")
    ordered = sorted(cpus)
    if placement != "process" or len(ordered) == 1:
        return CpuSets(frozenset(ordered), frozenset(ordered))
    half = len(ordered) // 2
    return CpuSets(frozenset(ordered[:half]), frozenset(ordered[half:]))
