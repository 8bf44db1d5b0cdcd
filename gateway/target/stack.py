"""What `--target compose` means: the stack that runs, else one that is brought up and taken down again."""

import os
import shlex
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.commands import COMMANDS
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
FIRST_READY_S, READY_S, _POLL_S = 10.0, 60.0, 0.1
_WORKER_SOCKET, _GRPC_SOCKET, _PROXY_SOCKET = "worker.sock", "worker-grpc.sock", "gateway.sock"
_SOCKETS = {_WORKER_SOCKET: WORKER, _GRPC_SOCKET: WORKER, _PROXY_SOCKET: PROXY}


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
        if _not_running(composed):
            composed.up(*SERVICES)
            await_sockets(composed)
        yield Reached(Target(COMPOSE, addresses(composed)), composed, composed.brought_up)


def addresses(composed: Composed) -> dict[str, str]:
    """Where each channel leads from this machine: sockets in the volume, and the worker's port on loopback."""
    folder = composed.socket_folder()
    if folder is None:
        raise _unreachable(composed)
    if missing := _missing(folder):
        raise _not_served(composed, missing)
    grpc, proxy = str(folder / _GRPC_SOCKET), str(folder / _PROXY_SOCKET)
    return {
        "uds": str(folder / _WORKER_SOCKET),
        "grpc-uds": grpc,
        "grpc-tcp": composed.address(WORKER, WORKER_PORT),
        "grpc-stream": grpc,
        "gateway": proxy,
        "gateway-unary": proxy,
    }


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


def await_sockets(composed: Composed) -> None:
    """Wait for the sockets of containers that have no health check, as long as they run; `addresses` tells the rest."""
    folder, began_s = composed.socket_folder(), time.monotonic()
    while folder and (missing := _missing(folder)):
        waited_s = time.monotonic() - began_s
        if waited_s > (READY_S if len(missing) < len(_SOCKETS) else FIRST_READY_S) or _not_running(composed):
            return
        time.sleep(_POLL_S)


def _missing(folder: Path) -> dict[str, str]:
    """The sockets that are not in the folder, and whose they are."""
    return {name: service for name, service in _SOCKETS.items() if not (folder / name).exists()}


def _not_running(composed: Composed) -> set[str]:
    return {*SERVICES} - {one.service for one in composed.running()}


def _not_served(composed: Composed, missing: dict[str, str]) -> GatewayError:
    """Why sockets are not there: a volume that this machine does not see, or a service that does not serve."""
    down = _not_running(composed)
    if len(missing) == len(_SOCKETS) and not down:
        return _unreachable(composed)
    service = next(iter(missing.values()))
    log = "\n".join(composed.logs(service).splitlines()[-LOG_LINES:])
    what = f"{service} of the stack {'has ended and ' if service in down else ''}serves no {next(iter(missing))}"
    return Failure(what, f"the end of its log is above; see `{composed.command} ps --all`", log)


def _unreachable(composed: Composed) -> Refusal:
    inner = f"{composed.command} --profile bench run --rm bench {shlex.join(_own_command())}"
    return Refusal("this user cannot reach the sockets of the stack", f"run it inside of its network: {inner}")


def _own_command() -> list[str]:
    """The command that was given, without the options before its name, which name files of this machine."""
    given = sys.argv[1:]
    begin = next((index for index, part in enumerate(given) if part in COMMANDS), 0)
    return given[begin:]
