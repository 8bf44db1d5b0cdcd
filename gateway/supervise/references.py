"""The servers of the references: plain echoes that the routes are held against, in Rust and in Python."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.supervise.child import Child

if TYPE_CHECKING:
    from contextlib import ExitStack

    from gateway.supervise.child import Surroundings

AIO = (Path(sys.executable), "-m", "gateway.references.aio_echo")
"""The echo in Python is part of this package, run by this Python."""


def start(stack: "ExitStack", program: Path, around: "Surroundings") -> "tuple[Child, ...]":
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
