"""Which CPUs a process may use."""

import contextlib
import os
from pathlib import Path


def pin(pid: int, cpus: set[int]) -> None:
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
