"""`gateway export`: a run's figures for other tools."""

from pathlib import Path

import click

from gateway import exit_codes
from gateway.commands.options import FILE

FORMATS = ("gobench", "csv", "json", "prometheus", "packed")


@click.command(
    help="""Write a run's figures in the format of another tool.

    \b
    gobench      Go's benchmark lines, one a case and round, for benchstat
    csv          a row a case and round
    json         the same rows, the run's head and its summary in one document
    prometheus   gauges in the text format, as node_exporter's textfile collector reads it
    packed       the run folder itself as text, so that it can leave a container by its log; `gateway merge` reads it

    \b
    Examples:
      gateway export runs/20261123T120000Z-42 --format gobench > before.txt
      benchstat before.txt after.txt
      benchstat -filter ".name:Redact" -col /route before.txt
      gateway export runs/20261123T120000Z-42 --format csv --out run.csv
    """
)
@click.argument("run", type=FILE)
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="The format.")
@click.option("--out", type=FILE, metavar="FILE", help="Write there instead of to stdout; must not exist.")
def command(run: Path, form: str, out: Path | None) -> int:
    """Read, turn into text, write."""
    from gateway import export
    from gateway.bench import folder

    if out is not None:
        _refuse_existing(out)
    text = export.FORMATS[form](folder.read(run))
    if out is None:
        click.echo(text, nl=False)
    else:
        _write(out, text)
    return exit_codes.OK


def _refuse_existing(out: Path) -> None:
    from gateway.errors import Refusal

    if out.exists():
        raise Refusal(f"{out} exists", "nothing is overwritten: name another --out")


def _write(out: Path, text: str) -> None:
    from gateway.errors import Refusal

    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refusal(f"cannot write {out}: {error.strerror}", "name another --out") from error
