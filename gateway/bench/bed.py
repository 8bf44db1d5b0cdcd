"""The running test bed: worker, proxy, references and driver, and the receiver of their spans. Starts processes.

Containers that are measured beside them have a driver of their own, so that neither's connections disturb the other.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.bench import processes
from gateway.bench.processes import ProcessUse
from gateway.bench.usage import Unseen
from gateway.gen.bench.v1 import driver_pb2
from gateway.supervise import Driving, Session, SessionOptions
from gateway.supervise.rpc import driver_errors
from gateway.target.containers import Containers
from gateway.traces.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.bench.placement import CpuSets
    from gateway.bench.plan import Case
    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise import Programs
    from gateway.supervise.child import Child
    from gateway.supervise.keeper import Kept
    from gateway.supervise.rpc import Driven
    from gateway.target.stack import Reached

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
EXPORT_DELAY_MS = 50
_PROMPT_EXPORT = {"OTEL_BSP_SCHEDULE_DELAY": str(EXPORT_DELAY_MS)}


@dataclass(frozen=True, slots=True)
class Side:
    """Containers beside the processes of the test bed, and the driver that calls them."""

    driving: Driving
    containers: Containers

    def cpu_ns(self) -> int:
        """Return the CPU time so far of driver and containers, ns."""
        return processes.cpu_ns(self.driving.driver_process.pid) + self.containers.cpu_ns()

    def pin(self, sets: CpuSets) -> None:
        """Give driver and containers the same CPUs as the processes of the test bed."""
        self.driving.driver_process.pin(set(sets.driver))
        self.containers.pin(set(sets.worker))


@dataclass(frozen=True, slots=True)
class Bed:
    """Worker and driver, ready; `receiver` is None when spans go to the user's own backend, `side` without a stack."""

    session: Session
    receiver: Receiver | None
    side: Side | None = None
    unseen: Unseen = field(default_factory=Unseen)

    @property
    def driver_process(self) -> Child:
        """The driver of the test bed's own processes."""
        return self.session.driver_process

    @property
    def driver(self) -> driver_pb2_grpc.DriverServiceStub:
        """The stub of that driver."""
        return self.session.driver

    def driven(self, target: str) -> Driven:
        """Return what has the driver of a case's target."""
        return self.side.driving if target and self.side else self.session

    def check(self) -> None:
        """Raise a Failure when a driver or a reference died, or another was given up."""
        self.session.check()
        if self.side:
            self.side.driving.check()

    def describe(self, target: str = "") -> driver_pb2.DescribeResponse:
        """Ask a driver what it can reach."""
        return self.driven(target).driver.Describe(driver_pb2.DescribeRequest())

    def measure(self, request: driver_pb2.MeasureRequest, target: str, within_s: float) -> driver_pb2.MeasureResponse:
        """Let the driver of the target run a block."""
        if not target or self.side is None or self.side.containers.seen:
            return self.driven(target).driver.Measure(request, timeout=within_s)
        with self.unseen.counted(self.cpu_ns):
            return self.driven(target).driver.Measure(request, timeout=within_s)

    def cpu_ns(self) -> int:
        """Return the CPU time so far of everything that takes part, ns, all threads."""
        references = sum(processes.cpu_ns(server.pid) for server in self.session.references)
        side_ns = self.side.cpu_ns() if self.side else 0
        own_ns = processes.cpu_ns(self.session.driver_process.pid) + self.answering_cpu_ns()
        return own_ns + references + side_ns + self.unseen.cpu_ns

    def answering_cpu_ns(self) -> int:
        """Return the CPU time so far of worker and proxy, ns; an idle proxy takes none."""
        return sum(processes.cpu_ns(kept.pid) for kept in self._kept)

    def pids(self) -> list[int]:
        """Return every process of the test bed that may take part in a call, the driver first."""
        session = self.session
        return [session.driver_process.pid, *(one.pid for one in (*self._kept, *session.references))]

    def throttled_ns(self) -> dict[str, int]:
        """Return how long a CPU limit has held each container back so far, ns, by service."""
        return self.side.containers.throttled_ns() if self.side else {}

    def driver_use(self, target: str = "", *, with_pss: bool = False) -> ProcessUse:
        """Return what the target's driver holds; what it uses in a block it counts itself."""
        return processes.read_held(self.driven(target).driver_process.pid, with_pss=with_pss)

    def answering_use(self, case: Case | None = None, *, with_pss: bool = False) -> ProcessUse:
        """Return what answers the case's calls, added up: worker and proxy, containers, or the references' servers."""
        if case and case.target and self.side:
            return self.side.containers.use(with_pss=with_pss)
        answering = self.session.references if case and case.is_reference else self._kept
        return sum((processes.read(one.pid, with_pss=with_pss) for one in answering), ProcessUse())

    def pin(self, sets: CpuSets) -> None:
        """Give driver and whatever answers it their CPUs."""
        session = self.session
        session.pin(session.driver_process, set(sets.driver))
        for one in (*self._kept, *session.references):
            session.pin(one, set(sets.worker))
        if self.side:
            self.side.pin(sets)

    @property
    def _kept(self) -> tuple[Kept, ...]:
        return tuple(kept for kept in (self.session.worker, self.session.proxy) if kept)


@contextmanager
def started(
    programs: Programs, *, proxied: bool, references: bool = False, stack: Reached | None = None
) -> Iterator[Bed]:
    """Start everything, proxy and references only where a case needs them; end everything but containers.

    A failed request to a driver becomes a Failure with the end of its log.
    """
    with ExitStack() as ending:
        receiver = None if os.environ.get(ENDPOINT) else ending.enter_context(Receiver())
        environment = _unset(_PROMPT_EXPORT) if receiver else {}
        options = SessionOptions(receiver.endpoint if receiver else None, proxied, references, environment=environment)
        session = ending.enter_context(Session(programs, options))
        bed = Bed(session, receiver, _side(programs, stack, options, ending) if stack else None)
        ending.enter_context(driver_errors(bed))
        yield bed


def _side(programs: Programs, stack: Reached, options: SessionOptions, ending: ExitStack) -> Side:
    driving = ending.enter_context(Driving(programs, stack.target.addresses, options.child_environment()))
    return Side(driving, ending.enter_context(Containers(stack)))


def _unset(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in os.environ}
