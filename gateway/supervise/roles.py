"""The command line of each role, and which addresses it is told."""

from typing import TYPE_CHECKING

from gateway.supervise.child import Child, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def worker(program: "Path", arguments: tuple[str, ...], around: Surroundings) -> "Callable[[Child | None], Child]":
    """How each life of the worker is started: a later one takes the TCP port of the one before, which clients know."""

    def start(before: Child | None) -> Child:
        tcp = before.endpoints.get("grpc-tcp") if before else None
        again = ("--uds", "--grpc-uds", "--grpc-tcp", tcp) if tcp and not _names_channels(arguments) else ()
        return Child("worker", program, (*again, *arguments), around)

    return start


def driver(program: "Path", arguments: tuple[str, ...], worker_at: dict[str, str], around: Surroundings) -> Child:
    """Start the load driver, which calls the worker at `worker_at`."""
    return Child("driver", program, (*_addresses(worker_at), *arguments), around)


def service(
    program: "Path", arguments: tuple[str, ...], worker_at: dict[str, str], around: Surroundings
) -> "Callable[[Child | None], Child]":
    """How each life of the service is started: a later one takes the port of the one before."""

    def start(before: Child | None) -> Child:
        http = ("--http", before.endpoints["http"]) if before else ()
        return Child("service", program, (*_addresses(worker_at), *arguments, *http), around)

    return start


def _addresses(worker_at: dict[str, str]) -> tuple[str, ...]:
    return tuple(part for channel, address in worker_at.items() for part in (f"--{channel}", address))


def _names_channels(arguments: tuple[str, ...]) -> bool:
    return any(argument in {"--uds", "--grpc-uds", "--grpc-tcp"} for argument in arguments)
