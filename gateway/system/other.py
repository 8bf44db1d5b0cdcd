"""A system that has no CPU sets, or that we do not know the calls of."""

import os
from collections.abc import Set as AbstractSet


def usable_cpus(pid: int = 0) -> frozenset[int]:  # noqa: ARG001
    """All CPUs: nothing says which of them are a process's own."""
    return frozenset(range(os.cpu_count() or 1))


def stay_on(cpus: AbstractSet[int]) -> None:
    """Run where the system puts it; `gateway doctor` says so."""


def pin(pid: int, cpus: AbstractSet[int]) -> None:
    """Leave the process where the system puts it; `gateway doctor` says so."""
