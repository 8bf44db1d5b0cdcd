"""`gateway compare`: what changed between two runs, and whether that may pass."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import exit_codes
from gateway.commands.options import FILE, Share

if TYPE_CHECKING:
    from gateway.bench.compare import Comparison
    from gateway.bench.folder import Run

_THRESHOLD = 0.05


@click.command(
    help="""Say per case whether run AFTER is faster or slower than run BEFORE, the same, or that nobody can tell.

    A case is compared as a ratio to a yardstick of its own run: bare-uds for a process, spin in Go for Go and in
    process, where the plan has them; else an echo. --absolute compares times, for runs of one machine. Same is an
    interval within the threshold.

    \b
    With --gate the exit code says whether AFTER may pass:
      0  no case is slower by so much
      1  a case is, as far as its interval says
      3  can't tell: an interval crosses the bound, too few rounds, a run that cannot be trusted
      2  not comparable: other cases, another input, or another machine without --ratios

    \b
    Examples:
      gateway compare runs/before runs/after
      gateway compare runs/before runs/after --gate 5%
      gateway compare runs/before runs/after --markdown > comment.md
      gateway compare runs/mine runs/theirs --ratios       two machines: only ratios travel, and roughly
    """
)
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.option("--gate", type=Share(), metavar="SHARE", help="Pass or fail: no case slower by so much, such as 5%.")
@click.option(
    "--threshold",
    type=Share(),
    metavar="SHARE",
    help=f"A change up to this is none; --gate sets it too.  [default: {_THRESHOLD:.0%}]",
)
@click.option("--ratios", is_flag=True, help="The runs may be of two machines: compare ratios, which travel roughly.")
@click.option("--absolute", is_flag=True, help="Compare times instead of ratios; for one machine.")
@click.option("--markdown", "as_markdown", is_flag=True, help="A table for a pull request.")
def command(
    before: Path,
    after: Path,
    gate: float | None,
    threshold: float | None,
    ratios: bool,
    absolute: bool,
    as_markdown: bool,
) -> int:
    """Read both, compare, print, judge."""
    from gateway.bench import compare, compare_table, folder

    _refuse_both(ratios, absolute, gate, threshold)
    runs = folder.read(before), folder.read(after)
    notes = _notes(runs, ratios, gate is not None)
    basis = compare.TIMES if absolute else compare.RATIOS
    found = compare.compare(*runs, basis, gate or threshold or _THRESHOLD, _distrust(before, after, runs))
    click.echo((compare_table.markdown if as_markdown else compare_table.text)(found, notes))
    return exit_codes.OK if gate is None else _judged(found, as_markdown)


def _refuse_both(ratios: bool, absolute: bool, gate: float | None, threshold: float | None) -> None:
    from gateway.errors import Refusal

    if ratios and absolute:
        raise Refusal("--ratios and --absolute exclude each other", "give one of them")
    if gate is not None and threshold is not None:
        raise Refusal("--gate and --threshold exclude each other", "give one of them")


def _notes(runs: "tuple[Run, Run]", ratios: bool, gated: bool) -> list[str]:
    """Return what to know beside the figures; refuses what must not be compared."""
    from gateway.bench.compare_likeness import other_machine, unlike
    from gateway.errors import Refusal

    before, after = (run.manifest for run in runs)
    differing, machine = unlike(before, after), other_machine(before, after)
    if not {*before.plan.cases} & {*after.plan.cases}:
        raise Refusal("not comparable: the runs have no case in common", "measure both with one plan")
    if differing and gated:
        raise Refusal(f"not comparable: {differing[0]}", "measure both with one plan, input and placement")
    if machine and not ratios:
        raise Refusal(f"not comparable: {machine}", "--ratios compares what travels between machines")
    return [f"not alike: {sentence}" for sentence in differing] + ([machine] if machine else [])


def _distrust(before: Path, after: Path, runs: "tuple[Run, Run]") -> str:
    """Return why one of the runs cannot be trusted, empty when both can."""
    from gateway.bench import policy, summary, verdict

    for folder, run in zip((before, after), runs, strict=True):
        why = verdict.why_not_trusted(summary.summarise(run), policy.recorded(run.manifest))
        if why:
            return f"{folder}: {why}"
    return ""


def _judged(found: "Comparison", quiet: bool) -> int:
    from gateway.bench import compare_gate

    judged = compare_gate.gate(found)
    click.echo(("\n" if quiet else "") + judged.sentence)
    codes: dict[str, Any] = {compare_gate.PASSED: exit_codes.OK, compare_gate.REGRESSED: exit_codes.FAILED}
    return codes.get(judged.outcome, exit_codes.CANNOT_TELL)
