"""The containers of a stack that answer calls, as far as this machine sees their processes. Reads /proc, pins."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from gateway import machine
from gateway.bench.processes import ProcessUse, cpu_ns, read
from gateway.system import pin, usable_cpus
from gateway.target import COMPOSE, engine, processes
from gateway.target.stack import PROXY, SERVICES, WORKER, WORKER_PORT

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.target.compose import Composed
    from gateway.target.stack import Reached

NANO_CPUS = NS_A_SECOND = 1e9


class Containers:
    """Context manager over the processes of worker and proxy, and of what carries the worker's published port.

    On leaving each has the CPUs back that it had before. Inside of their network no process is seen: nothing is pinned
    and nothing is counted.
    """

    def __init__(self, reached: Reached) -> None:
        self._reached = reached
        found = _pids(reached.composed) if reached.composed else {}
        self._services = {name: pid for name, pid in found.items() if name in SERVICES}
        self.pids = tuple(found.values())
        self._cpus_before: dict[int, frozenset[int]] = {}

    def __enter__(self) -> Self:
        for pid in self.pids:
            with suppress(OSError):
                self._cpus_before[pid] = usable_cpus(pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid, cpus in self._cpus_before.items():
            pin(pid, cpus)

    @property
    def seen(self) -> bool:
        """Whether their CPU time can be read and their CPUs be set."""
        return bool(self.pids)

    def pin(self, cpus: set[int]) -> None:
        """Let every thread of them run on `cpus` only."""
        for pid in self.pids:
            pin(pid, cpus)

    def cpu_ns(self) -> int:
        """The CPU time so far of all of them, ns; 0 where they are not seen."""
        return sum(map(cpu_ns, self.pids))

    def use(self, *, with_pss: bool = False) -> ProcessUse:
        """What all of them use, added up."""
        return sum((read(pid, with_pss=with_pss) for pid in self.pids), ProcessUse())

    def throttled_ns(self) -> dict[str, int]:
        """How long its CPU limit has held each service back so far, ns; nothing where that is not told."""
        return {name: machine.read_throttled_ns(pid) for name, pid in self._services.items()}

    def facts(self) -> dict[str, Any]:
        """What a run records of the stack."""
        composed = self._reached.composed
        about = {"name": COMPOSE, "addresses": self._reached.target.addresses, "seen": self.seen}
        if composed is None:
            return {**about, "inside": True}
        containers = {name: _container(composed, name) for name in SERVICES}
        return {
            **about,
            "project": composed.project,
            "started": self._reached.started,
            "engine": engine.version(),
            "containers": containers,
        }


def _pids(composed: Composed) -> dict[str, int]:
    """A name → process, of those that are seen."""
    port = composed.address(WORKER, WORKER_PORT).rpartition(":")[2]
    found = {WORKER: composed.pid(WORKER), PROXY: composed.pid(PROXY)}
    found |= {f"relay {pid}": pid for pid in processes.relays({port})} if all(found.values()) else {}
    return {name: pid for name, pid in found.items() if pid} if all(found.values()) else {}


def _container(composed: Composed, service: str) -> dict[str, Any]:
    """Image, limits and the interval of health checks of a service's container; None where there is none."""
    told = engine.inspected("container", composed.container(service))
    limits, checks = told.get("HostConfig", {}), told.get("Config", {}).get("Healthcheck") or {}
    return {
        "image": told.get("Image", ""),
        "cpus": limits.get("NanoCpus", 0) / NANO_CPUS or None,
        "memory_bytes": limits.get("Memory") or None,
        "checked_every_s": checks.get("Interval", 0) / NS_A_SECOND or None,
    }
