"""`gateway record`: a decision record of a run, one page of Markdown."""

from pathlib import Path

import click

from gateway import exit_codes
from gateway.commands.options import FILE


@click.command(
    help="""Write a one-page decision record of a run: context, alternatives, figures with their intervals and commands,
    risks, rollback, and what would change it. A run that gives no answer is recorded as inconclusive.

    \b
    Examples:
      gateway record runs/20261123T120000Z-42
      gateway record runs/20261123T120000Z-42 --out docs/decisions/0007-redact.md
    """
)
@click.argument("run", type=FILE)
@click.option("--out", type=FILE, metavar="FILE", help="Write it here, never over another file.  [default: stdout]")
def command(run: Path, out: Path | None) -> int:
    """Read, conclude, write."""
    from gateway.bench.findings import conclude
    from gateway.bench.folder import read
    from gateway.report.record import record

    if out is not None:
        _refuse_existing(out)
    text = record(conclude(read(run)))
    if out is None:
        click.echo(text, nl=False)
    else:
        _write(out, text)
        click.echo(out)
    return exit_codes.OK


def _refuse_existing(out: Path) -> None:
    from gateway.errors import Refusal

    if out.exists() or out.is_symlink():
        raise Refusal(f"{out} exists", "name another file with --out; nothing is overwritten")
    if not out.parent.is_dir():
        raise Refusal(f"{out.parent} is no folder", "make it first, or name another --out")


def _write(out: Path, text: str) -> None:
    from gateway.errors import Failure

    try:
        with out.open("x", encoding="utf-8") as file:  # x: what came into being meanwhile is not overwritten either
            file.write(text)
    except OSError as error:
        raise Failure(f"cannot write {out}", error.strerror or "check the path") from error
