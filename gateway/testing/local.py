"""A stack of processes on this machine, started from what is built or installed."""

import os
import signal
from collections import defaultdict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.errors import unknown
from gateway.target import LOCAL
from gateway.testing.stack import GatewayStack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.config import Common
    from gateway.supervise.stack import Stack

LOG_LINES = 40
ANY_PORT = ("--http", "127.0.0.1:0", "--admin", "127.0.0.1:0")


class Processes:
    """The children of a supervisor, by role."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=LOG_LINES))
        self.supervisor: Stack | None = None

    def take(self, role: str, line: str) -> None:
        """Keep a line of a child's log."""
        self._lines[role].append(line)

    def kill(self, role: str) -> None:
        """End the present life of a role; its supervisor begins the next."""
        pids = {one.role: one.pid for one in self.supervisor.running()} if self.supervisor else {}
        if role not in pids:
            raise unknown("role", role, pids)
        os.kill(pids[role], signal.SIGKILL)

    def log(self, role: str) -> str:
        """The last lines of all its lives."""
        return "\n".join(self._lines[role])


@contextmanager
def started(common: "Common") -> "Iterator[GatewayStack]":
    """Run worker, proxy and service for as long as the block lasts; what is out of date in a checkout is built first.

    Raises Refusal or Failure with what to do.
    """
    from gateway import build
    from gateway.supervise.stack import Stack

    programs, processes = build.ensure(common), Processes()
    with Stack(programs, ANY_PORT, processes.take) as supervisor:
        processes.supervisor = supervisor
        found = {one.role: one.endpoints for one in supervisor.running()}
        yield GatewayStack(
            target=LOCAL,
            addresses={**found["worker"], **found["gateway"]},
            http=f"http://{found['service']['http']}",
            programs=programs,
            composed=None,
            roles=processes,
        )
