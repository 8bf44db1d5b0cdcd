"""`gateway health`: does a proxy serve? For a container that has nothing else to ask with."""

from pathlib import Path

import click

from gateway import exit_codes
from gateway.commands.options import FOLDER
from gateway.errors import Refusal


@click.command(
    help="""Exit with 0 while a proxy serves, with 1 and one line of why when it does not.

    It serves while it has a worker and does not drain. The answer comes within a second.

    \b
    Examples:
      gateway health --socket-dir /run/sidecar
      gateway health --address 127.0.0.1:50052
    """
)
@click.option("--socket-dir", type=FOLDER, help="Folder of a proxy.")
@click.option("--address", metavar="HOST:PORT", help="TCP address of a proxy.")
def command(socket_dir: Path | None, address: str | None) -> int:
    """Ask it."""
    from gateway.proxy import probe

    if (socket_dir is None) == (address is None):
        raise Refusal("a proxy has one place here", "give --socket-dir or --address")
    probe.check(probe.socket_in(socket_dir) if socket_dir else str(address))
    return exit_codes.OK
