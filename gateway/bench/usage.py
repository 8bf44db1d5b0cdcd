"""Who used the machine during a round: ourselves, others, the hypervisor, a CPU limit. Reads /proc and the cgroup."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway import machine
from gateway.bench.manifest import RoundNote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NS_A_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class Counted(Protocol):
    """Processes that are ours, such as a Bed."""

    def cpu_ns(self) -> int:
        """Return the CPU time so far of all of them, ns."""
        ...


@dataclass(slots=True)
class Unseen:
    """The CPU time of ours that no process of ours shows, such as that of containers seen from another one.

    While they are called, what the machine is busy beyond the rest of ours counts as theirs.
    """

    cpu_ns: int = 0

    @contextmanager
    def counted(self, ours_ns: Callable[[], int]) -> Iterator[None]:
        """Count what the block takes; `ours_ns` tells the CPU time so far of all that is ours and seen, ns."""
        before_ns = _busy_ns() - ours_ns()
        try:
            yield
        finally:
            self.cpu_ns += _busy_ns() - ours_ns() - before_ns  # ticks are coarse, so it may be negative


@dataclass(frozen=True, slots=True)
class Usage:
    """A reading of who used the machine's CPUs so far, ns."""

    at_ns: int
    busy_ns: int
    steal_ns: int
    throttled_ns: int
    ours_ns: int

    @classmethod
    def now(cls, bed: Counted) -> Usage:
        """Read it."""
        times = machine.read_cpu_times()
        ours_ns = bed.cpu_ns() + time.process_time_ns()
        busy_ns, steal_ns = times.busy * _NS_A_TICK, times.steal * _NS_A_TICK
        return cls(time.monotonic_ns(), busy_ns, steal_ns, machine.read_throttled_ns(), ours_ns)

    def since(self, before: Usage, cpus: int) -> RoundNote:
        """Return the note of a round that began at `before`."""
        return RoundNote(
            start_ns=before.at_ns,
            end_ns=self.at_ns,
            steal_ns=self.steal_ns - before.steal_ns,
            foreign_cpu_ns=max(0, (self.busy_ns - before.busy_ns) - (self.ours_ns - before.ours_ns)),
            cpus=cpus,
            throttled_ns=self.throttled_ns - before.throttled_ns,
            load_1min=os.getloadavg()[0],
        )


def _busy_ns() -> int:
    return machine.read_cpu_times().busy * _NS_A_TICK
