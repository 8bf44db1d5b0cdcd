"""The running test bed: worker, proxy, references and driver, and the receiver of their spans. Starts processes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench import processes
from gateway.bench.processes import ProcessUse
from gateway.gen.bench.v1 import driver_pb2
from gateway.supervise import Session, SessionOptions
from gateway.supervise.rpc import driver_errors
from gateway.traces.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.bench.placement import CpuSets
    from gateway.bench.plan import Case
    from gateway.supervise import Programs
    from gateway.supervise.keeper import Kept

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
EXPORT_DELAY_MS = 50
_PROMPT_EXPORT = {"OTEL_BSP_SCHEDULE_DELAY": str(EXPORT_DELAY_MS)}


@dataclass(frozen=True, slots=True)
class Bed:
    """Worker and driver, ready; `receiver` is None when spans go to the user's own backend."""

    session: Session
    receiver: Receiver | None

    def describe(self) -> driver_pb2.DescribeResponse:
        """Ask the driver what it can reach."""
        return self.session.driver.Describe(driver_pb2.DescribeRequest())

    def cpu_ns(self) -> int:
        """Return the CPU time so far of everything that takes part, ns, all threads."""
        references = sum(processes.cpu_ns(server.pid) for server in self.session.references)
        return processes.cpu_ns(self.session.driver_process.pid) + self.answering_cpu_ns() + references

    def answering_cpu_ns(self) -> int:
        """Return the CPU time so far of worker and proxy, ns; an idle proxy takes none."""
        return sum(processes.cpu_ns(kept.pid) for kept in self._kept)

    def pids(self) -> list[int]:
        """Return every process that may take part in a call, the driver first."""
        session = self.session
        return [session.driver_process.pid, *(one.pid for one in (*self._kept, *session.references))]

    def driver_use(self, *, with_pss: bool = False) -> ProcessUse:
        """Return what the driver holds; what it uses in a block it counts itself."""
        return processes.read_held(self.session.driver_process.pid, with_pss=with_pss)

    def answering_use(self, case: Case | None = None, *, with_pss: bool = False) -> ProcessUse:
        """Return what answers the case's calls, added up: worker and proxy, or the servers of the references."""
        answering = self.session.references if case and case.is_reference else self._kept
        return sum((processes.read(one.pid, with_pss=with_pss) for one in answering), ProcessUse())

    def pin(self, sets: CpuSets) -> None:
        """Give driver and whatever answers it their CPUs."""
        session = self.session
        session.pin(session.driver_process, set(sets.driver))
        for one in (*self._kept, *session.references):
            session.pin(one, set(sets.worker))

    @property
    def _kept(self) -> tuple[Kept, ...]:
        return tuple(kept for kept in (self.session.worker, self.session.proxy) if kept)


@contextmanager
def started(programs: Programs, *, proxied: bool, references: bool = False) -> Iterator[Bed]:
    """Start everything, proxy and references only where a case needs them; end everything.

    A failed request to the driver becomes a Failure with the end of its log.
    """
    if os.environ.get(ENDPOINT):
        with (
            Session(programs, SessionOptions(proxied=proxied, references=references)) as session,
            driver_errors(session),
        ):
            yield Bed(session, None)
        return
    with Receiver() as receiver:
        options = SessionOptions(receiver.endpoint, proxied, references, environment=_unset(_PROMPT_EXPORT))
        with Session(programs, options) as session, driver_errors(session):
            yield Bed(session, receiver)


def _unset(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in os.environ}
