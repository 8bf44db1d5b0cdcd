"""`gateway merge`: runs of one plan on several machines, in one report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.bench.findings import Findings
    from gateway.bench.merge import Merged, Named


@click.command(
    help="""Merge runs of one plan on several machines into one report with the machine as a factor.

    Of each scenario it has every machine's verdict, and ratios with an interval over machines, each of which counts
    once: five carry an interval, fewer are said to be too few. Where machines disagree, it says which.

    A RUN is a folder that `gateway bench` wrote, or a file of `gateway export RUN --format packed`, such as a log: one
    may hold several. Runs of different plans are refused; runs of one machine count as one.

    \b
    Exit codes: 0 merged · 2 refused, with one line why · 3 no machine's run can be trusted

    \b
    Examples:
      gateway merge runs/alpha runs/beta runs/gamma --out merged
      kubectl logs -l app.kubernetes.io/component=bench --tail=-1 --max-log-requests=100 > nodes.log
      gateway merge nodes.log --out merged
    """
)
@click.argument("runs", type=FILE, nargs=-1, required=True, metavar="RUN...")
@click.option("--out", type=FILE, required=True, metavar="DIR", help="The folder of the report; must not exist.")
def command(runs: tuple[Path, ...], out: Path) -> int:
    """Read all, refuse what is of another plan, merge, write, print."""
    from tempfile import TemporaryDirectory

    from gateway.bench.merge import merge
    from gateway.bench.record import refuse_existing
    from gateway.report.merged_text import ending

    refuse_existing(out)
    with TemporaryDirectory() as unpacked:
        named = list(_named(runs, Path(unpacked)))
        _refuse(named)
        merged = merge(named)
    _write(merged, out)
    click.echo(ending(merged, out))
    return exit_codes.OK if merged.counted else exit_codes.CANNOT_TELL


def _named(runs: "Sequence[Path]", unpacked: Path) -> "Iterator[Named]":
    """Yield each run with a name that no other has."""
    from gateway.bench.merge import Named

    alone = len({one.name for one in runs}) == len(runs)
    for number, path in enumerate(runs):
        name = path.name if alone and path.name else str(path)
        folders = _folders(path, unpacked / str(number))
        for index, folder in enumerate(folders):
            told = name if len(folders) == 1 else f"{name}#{index + 1}"
            yield Named(told, _concluded(folder, str(path) if folder == path else told))


def _concluded(folder: Path, name: str) -> "Findings":
    """Return what a run says; a refusal speaks of what was given, not of where that was unpacked."""
    from gateway.bench.findings import conclude
    from gateway.bench.folder import read
    from gateway.errors import Refusal

    try:
        return conclude(read(folder))
    except Refusal as refusal:
        raise Refusal(refusal.what.replace(str(folder), name), refusal.remedy) from refusal


def _folders(path: Path, unpacked: Path) -> list[Path]:
    """Return the run folders that a path names: itself, or those packed in the file."""
    from gateway.errors import Refusal
    from gateway.export.packed import unpack

    if not path.is_file():
        return [path]
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise Refusal(f"cannot read {path}: {error.strerror}", "name a file that you may read") from error
    return unpack(text, str(path), unpacked)


def _refuse(named: "Sequence[Named]") -> None:
    """Refuse what is no several runs of one plan."""
    from gateway.bench.merge_likeness import same_run, unlike
    from gateway.errors import Refusal

    first, *others = named
    if not others:
        raise Refusal(f"{first.name} is one run: there is nothing to merge", "name runs of several machines")
    for index, one in enumerate(named):
        twin = next((other for other in named[:index] if same_run(one.findings, other.findings)), None)
        if twin:
            raise Refusal(f"{twin.name} and {one.name} are the same run", "name each run once")
    for other in others:
        why = unlike(first.findings, other.findings)
        if why:
            told = f"{first.name} and {other.name} are runs of different plans: {why}"
            raise Refusal(told, "measure both with one plan, seed, input and policy, or merge them apart")


def _write(merged: "Merged", out: Path) -> None:
    from gateway.bench.merge import to_json
    from gateway.bench.record import REPORT, SUMMARY, create, write_json
    from gateway.errors import Refusal
    from gateway.report.merged import page

    create(out)
    try:
        write_json(out / SUMMARY, to_json(merged))
        (out / REPORT).write_text(page(merged), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"cannot write into {out}: {error.strerror}", "name another --out") from error
