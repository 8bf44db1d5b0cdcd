"""What `--target compose` means: the stack that runs, else one that is brought up and taken down again."""

import os
import shlex
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config import ROOT
from gateway.errors import Failure, GatewayError, Refusal
from gateway.target import COMPOSE, Target, inside
from gateway.target.compose import FILE, PROJECT, Composed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKER, PROXY = "worker", "gateway"
SERVICES = (WORKER, PROXY)
WORKER_PORT = 50051
EXPORTER = "OTEL_EXPORTER_OTLP_ENDPOINT"
JAEGER, OTLP_PORT = "jaeger", 4317
_PORTS = ("HTTP", "WORKER", "GATEWAY", "JAEGER", "OTLP", "PROMETHEUS", "GRAFANA")
MEASURED = ROOT / "deploy" / "docker" / "measured.yml"
LOG_LINES = 20
_READY_S, _POLL_S = 10.0, 0.05
_WORKER_SOCKET, _GRPC_SOCKET, _PROXY_SOCKET = "worker.sock", "worker-grpc.sock", "gateway.sock"


@dataclass(frozen=True)
class Reached:
    """Containers that answer; `composed` is None inside of their network, `started` whether they run for us only."""

    target: Target
    composed: Composed | None
    started: bool = False

    def spans_endpoint(self) -> str | None:
        """Where the stack takes spans from this machine; None where it has no Jaeger, or where we are inside of it."""
        if self.composed is None or not any(one.service == JAEGER for one in self.composed.running()):
            return None
        return f"http://{self.composed.address(JAEGER, OTLP_PORT)}"


@contextmanager
def reached(cpus: int, say: "Callable[[str], None]", *, measured: bool = False) -> "Iterator[Reached]":
    """Find the stack or bring it up for the length of the block, with a CPU limit of `cpus` a container then.

    `say` is told which of both it was. A stack that is brought up to be `measured` has no health checks. Refused where
    this user cannot reach the sockets.
    """
    if inside.here():
        say("inside of the stack's network: the containers that the environment names are used")
        yield Reached(Target(COMPOSE, inside.parse(os.environ[inside.ADDRESSES])), None)
        return
    with _handle(cpus, say, measured=measured) as composed:
        if {*SERVICES} - {one.service for one in composed.running()}:
            composed.up(*SERVICES)
        yield Reached(Target(COMPOSE, addresses(composed)), composed, composed.brought_up)


def addresses(composed: Composed) -> dict[str, str]:
    """Where each channel leads from this machine: sockets in the volume, and the worker's port on loopback."""
    folder = composed.socket_folder()
    if folder is None:
        raise _unreachable(composed)
    if not _served(folder):
        raise _not_served(composed, folder)
    grpc, proxy = str(folder / _GRPC_SOCKET), str(folder / _PROXY_SOCKET)
    return {
        "uds": str(folder / _WORKER_SOCKET),
        "grpc-uds": grpc,
        "grpc-tcp": composed.address(WORKER, WORKER_PORT),
        "grpc-stream": grpc,
        "gateway": proxy,
        "gateway-unary": proxy,
    }


def _served(folder: Path) -> bool:
    """Whether worker and proxy have their sockets in the folder, some time after they were started."""
    until_s = time.monotonic() + _READY_S
    while not all((folder / name).exists() for name in (_WORKER_SOCKET, _GRPC_SOCKET, _PROXY_SOCKET)):
        if time.monotonic() > until_s:
            return False
        time.sleep(_POLL_S)
    return True


def _handle(cpus: int, say: "Callable[[str], None]", *, measured: bool) -> Composed:
    """The running project as it is; one that does not run gets free ports and as much CPU as a process on the host."""
    file, *also = (Path(one) for one in (os.environ.get("COMPOSE_FILE") or str(ROOT / FILE)).split(os.pathsep))
    project = os.environ.get("COMPOSE_PROJECT_NAME") or PROJECT
    composed = Composed(file, project, also=tuple(also))
    if composed.running():
        say(f"the stack {project} runs: it is used, and left running")
        return composed
    say(f"the stack {project} does not run: it is brought up, and taken down at the end")
    wanted = {f"SIDECAR_{name}_PORT": "0" for name in _PORTS}
    wanted |= {f"SIDECAR_{name}_CPUS": f"{cpus:.1f}" for name in ("WORKER", "GATEWAY")}
    wanted |= {EXPORTER: ""} if measured else {}
    environment = {name: value for name, value in wanted.items() if name not in os.environ}
    return Composed(file, project, environment, also=(*also, MEASURED) if measured else tuple(also))


def _not_served(composed: Composed, folder: Path) -> GatewayError:
    """Why the sockets are not there: a service that does not run, or a volume that this machine does not see."""
    ended = [name for name in SERVICES if name not in {one.service for one in composed.running()}]
    if not ended:
        return _unreachable(composed)
    log = "\n".join(composed.logs(ended[0]).splitlines()[-LOG_LINES:])
    return Failure(f"{ended[0]} of the stack serves no socket in {folder}", "the end of its log is above", log)


def _unreachable(composed: Composed) -> Refusal:
    own = shlex.join(sys.argv[1:])
    inner = f"{composed.command} --profile bench run --rm bench {own}"
    return Refusal("this user cannot reach the sockets of the stack", f"run it inside of its network: {inner}")
