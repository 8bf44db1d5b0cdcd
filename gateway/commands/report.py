"""`gateway report`: a run's ending and its report, once more, or its pictures as files."""

from pathlib import Path

import click

from gateway import exit_codes
from gateway.commands.options import FILE


@click.command(
    help="""Print the ending of a run and write its report.html and summary.json again from its tables; or write its
    pictures into a folder.

    \b
    Examples:
      gateway report runs/20261123T120000Z-42
      gateway report runs/20261123T120000Z-42 --figures figures --format png
      gateway report runs/20261123T120000Z-42 --figures figures --only regions --only load
    """
)
@click.argument("run", type=FILE)
@click.option("--figures", type=FILE, metavar="DIR", help="Write the pictures into DIR instead; none is overwritten.")
@click.option("--format", "kind", type=click.Choice(["svg", "png"]), default="svg", show_default=True)
@click.option("--only", multiple=True, metavar="NAME", help="Only the pictures of this chapter, repeatable.")
def command(run: Path, figures: Path | None, kind: str, only: tuple[str, ...]) -> int:
    """Read, conclude, then write the pictures, or the report and print."""
    if figures is None:
        from gateway.report.terminal import ending
        from gateway.report.write import write

        _refuse_stray(only)
        click.echo(ending(write(run)))
        return exit_codes.OK
    _write_figures(run, figures, kind, only)
    return exit_codes.OK


def _refuse_stray(only: tuple[str, ...]) -> None:
    from gateway.errors import Refusal

    if only:
        raise Refusal("--only says which pictures to write, and no folder for them", "add --figures DIR")


def _write_figures(run: Path, folder: Path, kind: str, only: tuple[str, ...]) -> None:
    from gateway.bench.findings import conclude
    from gateway.bench.folder import read
    from gateway.errors import unknown
    from gateway.report.export import CHAPTERS, export

    for name in only:
        if name not in CHAPTERS:
            raise unknown("chapter of the report", name, CHAPTERS)
    for path in export(conclude(read(run)), folder, kind, only):
        click.echo(path)
