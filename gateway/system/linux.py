"""CPU sets, by sched_setaffinity(2) and /proc."""

import contextlib
import os
from collections.abc import Set as AbstractSet
from pathlib import Path


def usable_cpus(pid: int = 0) -> frozenset[int]:
    """The CPUs that a process may use; 0 is this one. Raises OSError for a process that is gone."""
    return frozenset(os.sched_getaffinity(pid))


def stay_on(cpus: AbstractSet[int]) -> None:
    """Let this thread, and the children that it starts from now on, run on `cpus` only."""
    os.sched_setaffinity(0, cpus)


def pin(pid: int, cpus: AbstractSet[int]) -> None:
    """Let every thread of `pid` run on `cpus` only; threads started later inherit it.

    Repeated until no thread is new, since one that was not pinned yet may start another meanwhile.
    """
    pinned: set[int] = set()
    while new := _threads(pid) - pinned:
        for thread in new:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cpus)
        pinned |= new


def _threads(pid: int) -> set[int]:
    try:
        return {int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()}
    except FileNotFoundError:
        return set()
