"""The servers of the references: plain echoes that the routes are held against, in Rust and in Python."""

from typing import TYPE_CHECKING

from gateway.supervise.child import Child
from gateway.supervise.programs import MODULE, PYTHON

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from gateway.supervise.child import Surroundings

AIO = (PYTHON, *MODULE, "gateway.references.aio_echo")
"""The echo in Python is part of this package."""


def start(stack: "ExitStack", program: "Path", around: "Surroundings") -> "tuple[Child, ...]":
    """Start them; `stack` ends them. None is started again: what one measures after a death is another process.

    Without `program`, which an installed package may lack, those in Rust are left out; the driver says so.
    """
    aio, *module = AIO
    servers = [Child("references", program, (), around)] if program.is_file() else []
    for server in servers:
        stack.callback(server.stop)
    servers.append(Child("reference-aio", aio, tuple(module), around))
    stack.callback(servers[-1].stop)
    return tuple(servers)


def flags(servers: "tuple[Child, ...]") -> tuple[str, ...]:
    """The driver's flags that name where they listen."""
    named = {name: address for server in servers for name, address in server.endpoints.items()}
    return tuple(part for name, at in named.items() for part in ("--reference", f"{name}={at}"))
