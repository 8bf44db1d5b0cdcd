"""Which CPUs the driver and the worker may use: every placement gets the same total. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Refusal, unknown

SPLIT, SAME, FREE = "split", "same", "free"
POLICIES = {
    SPLIT: "caller and worker have half the CPUs each; Go and routes in process have them all",
    SAME: "caller and worker share one CPU; Go and routes in process have just that one",
    FREE: "nothing is pinned: every process may use every CPU",
}


@dataclass(frozen=True, slots=True)
class CpuSets:
    """CPU numbers for one block; their union is the same for every placement of a kernel."""

    driver: frozenset[int]
    worker: frozenset[int]

    @property
    def gomaxprocs(self) -> int:
        """Goroutines that the driver may run at once."""
        return len(self.driver)


def cpu_sets(placement: str, cpus: frozenset[int], policy: str = SPLIT) -> CpuSets:
    """Return the CPUs of a block of the placement, out of `cpus`, by the policy.

    In a split an odd CPU goes to the worker, which computes; on one CPU both share it.
    """
    if not cpus:
        raise Refusal("no CPU is allowed to this process", "widen its CPU affinity (taskset, cgroup)")
    ordered = sorted(cpus)
    if policy == SAME:
        return CpuSets(frozenset(ordered[:1]), frozenset(ordered[:1]))
    if policy == FREE or placement != "process" or len(ordered) == 1:
        return CpuSets(frozenset(ordered), frozenset(ordered))
    half = len(ordered) // 2
    return CpuSets(frozenset(ordered[:half]), frozenset(ordered[half:]))


def check(policy: object, origin: str) -> str:
    """Return the policy when there is such a one; else the refusal."""
    if not isinstance(policy, str) or policy not in POLICIES:
        raise unknown(f"placement in {origin}", str(policy), POLICIES)
    return policy
