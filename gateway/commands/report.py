"""`gateway report`: a run's ending and its report, once more."""

from pathlib import Path

import click

from gateway import exit_codes
from gateway.commands.options import FILE


@click.command(
    help="""Print the ending of a run and write its report.html and summary.json again from its tables.

    \b
    Examples:
      gateway report runs/20261123T120000Z-42
    """
)
@click.argument("run", type=FILE)
def command(run: Path) -> int:
    """Read, conclude, write, print."""
    from gateway.report.terminal import ending
    from gateway.report.write import write

    click.echo(ending(write(run)))
    return exit_codes.OK
