"""The running test bed: worker, proxy and driver under a session, and the receiver of their spans. Starts processes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench import processes
from gateway.gen.bench.v1 import driver_pb2
from gateway.supervise import Session, SessionOptions
from gateway.supervise.rpc import driver_errors
from gateway.traces.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.supervise import Programs

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROMPT_EXPORT = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


@dataclass(frozen=True, slots=True)
class Bed:
    """Worker and driver, ready; `receiver` is None when spans go to the user's own backend."""

    session: Session
    receiver: Receiver | None

    def describe(self) -> driver_pb2.DescribeResponse:
        """Ask the driver what it can reach."""
        return self.session.driver.Describe(driver_pb2.DescribeRequest())

    def cpu_ns(self) -> tuple[int, int]:
        """Return the CPU time so far of (driver, what answers it), ns, all threads."""
        return processes.cpu_ns(self.session.driver_process.pid), self.answering_cpu_ns()

    def answering_cpu_ns(self) -> int:
        """Return the CPU time so far of worker and proxy, ns; an idle proxy takes none."""
        return sum(processes.cpu_ns(kept.pid) for kept in (self.session.worker, self.session.proxy) if kept)


@contextmanager
def started(programs: Programs, *, proxied: bool) -> Iterator[Bed]:
    """Start everything, the proxy only where a route needs it; end everything.

    A failed request to the driver becomes a Failure with the end of its log.
    """
    if os.environ.get(ENDPOINT):
        with Session(programs, SessionOptions(proxied=proxied)) as session, driver_errors(session):
            yield Bed(session, None)
        return
    with Receiver() as receiver:
        options = SessionOptions(receiver.endpoint, proxied, environment=_unset(_PROMPT_EXPORT))
        with Session(programs, options) as session, driver_errors(session):
            yield Bed(session, receiver)


def _unset(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in os.environ}
