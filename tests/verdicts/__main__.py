"""`python -m tests.verdicts [--runs 20]`: run `gateway bench --quick` so many times and count its verdicts.

It takes a minute a run and wants a quiet machine. The exit code is 0 when every rule holds, else 1.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tests.running import gateway
from tests.verdicts.rules import hold, table, tally

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERED = (0, 3)
"""Exit codes of a bench that measured to its end: with an answer, or without."""


@click.command()
@click.option("--runs", type=click.IntRange(1), default=20, show_default=True, help="With the seeds 1 to N.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Keep the run folders here.")
@click.option("--read", type=click.Path(path_type=Path, exists=True), metavar="DIR", help="Count kept runs instead.")
def main(runs: int, out: Path | None, read: Path | None) -> None:
    """Count the verdicts of `gateway bench --quick` over many runs, and hold them to what is known to be right."""
    with tempfile.TemporaryDirectory() as folder:
        found = tally(_kept(read) if read else _measured(runs, out or Path(folder)))
    click.echo(table(found))
    sys.exit(0 if hold(found) else 1)


def _measured(runs: int, out: Path) -> Iterator[list[dict[str, Any]]]:
    for seed in range(1, runs + 1):
        folder = out / f"seed-{seed}"
        ended = gateway("bench", "--quick", "--seed", str(seed), "--out", str(folder))
        if ended.returncode not in ANSWERED:
            click.echo(ended.stderr, err=True)
            sys.exit(f"run {seed} failed with exit code {ended.returncode}")
        summary = _summary(folder)
        click.echo(f"{seed} of {runs}: {summary['distrust'] or 'trusted'}", err=True)
        yield summary["verdicts"]


def _kept(folder: Path) -> Iterator[list[dict[str, Any]]]:
    for path in sorted(folder.glob("*/summary.json")):
        yield _summary(path.parent)["verdicts"]


def _summary(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
