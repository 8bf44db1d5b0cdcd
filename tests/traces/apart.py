"""Worker, proxy and service, each started by itself, as in containers: nobody hands them a common clock offset."""

import contextlib
import http.client
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.proxy_unit.running import Process, folder, started
from tests.running import built

Environment = dict[str, str]
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
"""Spans leave after 50 ms instead of 5 s."""
TRACING = ("OTEL_", "SIDECAR_ROUTE")


@dataclass
class Backends:
    """Worker and proxy."""

    worker: Process
    proxy: Process

    @property
    def addresses(self) -> dict[str, str]:
        """Channel → where it leads."""
        return {**self.worker.endpoints, **self.proxy.endpoints}


@contextlib.contextmanager
def backends(environment: Environment) -> Iterator[Backends]:
    """A worker with every door, and a proxy before it."""
    doors = ["--uds", "--grpc-uds", "--grpc-tcp", "127.0.0.1:0"]
    with folder() as at, folder() as front:
        worker = [str(built() / "sidecar-worker"), "--socket-dir", str(at), *doors]
        with started(worker, environment) as behind:
            proxy = [sys.executable, "-m", "gateway", "proxy", "--socket-dir", str(front)]
            with started([*proxy, "--upstream", behind.endpoints["uds"]], environment) as before:
                yield Backends(behind, before)


@contextlib.contextmanager
def service(route: str, addresses: dict[str, str], environment: Environment) -> Iterator[Process]:
    """The HTTP service with redact on a route."""
    known = ("uds", "grpc-uds", "grpc-tcp", "grpc-stream", "gateway", "gateway-unary")
    flags = [part for name in known if name in addresses for part in (f"--{name}", addresses[name])]
    command = [str(built() / "sidecar-service"), "--http", "127.0.0.1:0", "--no-access-log", *flags]
    with started([*command, "--route", f"redact={route}"], environment) as one:
        yield one


@contextlib.contextmanager
def caller(one: Process) -> Iterator[Callable[..., int]]:
    """Asks the service to redact, each time with the headers given, and gives the answer's status; one connection."""
    connection = http.client.HTTPConnection(one.endpoints["http"], timeout=20)

    def ask(**headers: str) -> int:
        connection.request("POST", "/v1/kernels/redact", b"from 10.1.2.3", headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with contextlib.closing(connection):
        yield ask


def post(one: Process, **headers: str) -> int:
    """Ask once; the status of the answer."""
    with caller(one) as ask:
        return ask(**headers)


def exporting(endpoint: str, **more: str) -> Environment:
    """The variables that lead a process's spans there, and none of those that this process was started with."""
    quiet = {name: "" for name in os.environ if name.startswith(TRACING)}
    return {**quiet, **SOON, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **more}
