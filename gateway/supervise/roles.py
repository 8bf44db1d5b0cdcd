"""The command line of each role, and which addresses it is told."""

from typing import TYPE_CHECKING

from gateway.supervise.child import Child, Surroundings
from gateway.supervise.programs import PROXY
from gateway.wire.lists_generated import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN_PORTS = ("http", "admin")
"""Endpoints of the service that are flags of it too; what else it announces is at one of them."""


def worker(program: "Path", arguments: tuple[str, ...], around: Surroundings) -> "Callable[[Child | None], Child]":
    """How each life of the worker is started: a later one takes the TCP port of the one before, which clients know."""

    def start(before: Child | None) -> Child:
        tcp = before.endpoints.get("grpc-tcp") if before else None
        again = ("--uds", "--grpc-uds", "--grpc-tcp", tcp) if tcp and not _names_channels(arguments) else ()
        return Child("worker", program, (*again, *arguments), around)

    return start


def proxy(worker_socket: str, around: Surroundings) -> "Callable[[Child | None], Child]":
    """How each life of the proxy before the worker at `worker_socket` is started: a later one takes the same port."""

    def start(before: Child | None) -> Child:
        tcp = before.endpoints.get("gateway-tcp") if before else None
        again = ("--tcp", tcp) if tcp else ()
        program, *command = PROXY
        return Child("gateway", program, (*command, "--upstream", worker_socket, *again), around)

    return start


def driver(program: "Path", arguments: tuple[str, ...], addresses: dict[str, str], around: Surroundings) -> Child:
    """Start the load driver, which calls what listens at `addresses`."""
    return Child("driver", program, (*_addresses(addresses), *arguments), around)


def service(
    program: "Path", arguments: tuple[str, ...], addresses: dict[str, str], around: Surroundings
) -> "Callable[[Child | None], Child]":
    """How each life of the service is started: a later one takes the ports of the one before."""

    def start(before: Child | None) -> Child:
        again = {name: at for name, at in before.endpoints.items() if name in OWN_PORTS} if before else {}
        ports = tuple(part for name, at in again.items() for part in (f"--{name}", at))
        return Child("service", program, (*_addresses(addresses), *arguments, *ports), around)

    return start


def _addresses(addresses: dict[str, str]) -> tuple[str, ...]:
    """A flag a channel; what else was announced is for other clients."""
    named = [channel.name for channel in CHANNELS if channel.name in addresses]
    return tuple(part for channel in named for part in (f"--{channel}", addresses[channel]))


def _names_channels(arguments: tuple[str, ...]) -> bool:
    return any(argument in {"--uds", "--grpc-uds", "--grpc-tcp"} for argument in arguments)
