"""A stack of containers: a compose project of its own, on ports of its own, for as long as a block lasts."""

import os
import secrets
import signal
import socket
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway import config, installed
from gateway.errors import Refusal
from gateway.target import COMPOSE, stack
from gateway.target.compose import FILE, Composed
from gateway.testing.stack import GatewayStack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gateway.config import Common

LOG_LINES = 40
PUBLISHED = ("HTTP", "WORKER", "GATEWAY", "JAEGER", "OTLP", "PROMETHEUS", "GRAFANA")
"""The ports of the compose file, each by a variable SIDECAR_…_PORT."""
WORKER_PORT, GATEWAY_PORT, HTTP_PORT = stack.WORKER_PORT, 50052, 8080
"""Inside of the containers."""


@dataclass(frozen=True)
class Containers:
    """The containers of a project, by service."""

    composed: Composed

    def kill(self, role: str) -> None:
        """End the process of a service, so that its restart policy acts; where it is out of reach, its container."""
        pid = self.composed.pid(role)
        if pid and os.geteuid() == 0:
            os.kill(pid, signal.SIGKILL)
        else:
            self.replace(role)

    def replace(self, role: str) -> None:
        """Kill the container and start it: the engine takes a kill for a wish that it stays ended."""
        self.composed.kill(role)
        self.composed.up(role)

    def log(self, role: str) -> str:
        """The last lines of a service's container."""
        return "\n".join(self.composed.logs(role).splitlines()[-LOG_LINES:])


@contextmanager
def started(project: Composed, common: "Common") -> "Iterator[GatewayStack]":
    """Bring the project up, and take it down with what it made at the block's end. Raises Refusal or Failure."""
    from gateway.supervise.programs import Programs

    with project:
        project.up()
        yield GatewayStack(
            target=COMPOSE,
            addresses=addresses(project),
            http=f"http://{project.address('service', HTTP_PORT)}",
            programs=Programs.chosen(common, installed.programs()),
            composed=project,
            roles=Containers(project),
        )


def addresses(project: Composed) -> dict[str, str]:
    """Channel → where it leads from here: sockets where their volume can be reached, else published ports."""
    with suppress(Refusal):  # the volume of an engine in a virtual machine, or of another user
        return {**ports(project), **stack.addresses(project)}
    return ports(project)


def ports(project: Composed) -> dict[str, str]:
    """Channel → published port, of the channels that need no socket."""
    worker, proxy = project.address("worker", WORKER_PORT), project.address("gateway", GATEWAY_PORT)
    return {"grpc-tcp": worker, "grpc-stream": worker, "gateway": proxy, "gateway-unary": proxy, "gateway-tcp": proxy}


def project(
    file: "Path | None" = None, environment: "Mapping[str, str] | None" = None, also: "tuple[Path, ...]" = ()
) -> Composed:
    """A compose project that no other test session has, of a compose file (this package's without one).

    `environment` are variables of the file, `also` further files that are laid over it.
    """
    name = f"gateway-test-{secrets.token_hex(4)}"
    return Composed(file or config.ROOT / FILE, name, {**free_ports(), **(environment or {})}, also=also)


def free_ports() -> dict[str, str]:
    """A free port for each that is published, by its variable.

    Not 0: the engine would take another port for a container that is started again.
    """
    with ExitStack() as held:
        taken = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PUBLISHED]
        numbers = [one.getsockname()[1] for one in taken]
    return {f"SIDECAR_{name}_PORT": str(number) for name, number in zip(PUBLISHED, numbers, strict=True)}
