"""`gateway bench`: the main job, from a plan to a verdict."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE, Size, kernels_option, own_kernels, routes_option

if TYPE_CHECKING:
    from gateway.bench.orchestrate import Asked, Ended
    from gateway.config import Common

DEFAULT_SEED = 42
IN_FLIGHT = 64


@click.command(
    help="""Measure every route, and end with a table, a preliminary verdict a kernel and one HTML file.

    In a project with kernels of its own those are measured, each on requests of three sizes cut from its input.

    What is built or verified first is said while it happens. Ctrl-C keeps what was measured. The run folder holds
    run.json, blocks.parquet, samples.parquet, summary.json, spans.json and report.html, and no byte of an input.

    \b
    Examples:
      gateway bench --quick                        the answer in a minute
      gateway bench --quick --input app.log        the answer on your own input
      gateway bench --kernel redact --route uds    one kernel, one channel, and Go beside it
      gateway bench --payload 1KiB --payload 64KiB --callers 16
    """
)
@click.option("--quick", is_flag=True, help="The quick plan: at most 40 cases, a minute.")
@click.option("--plan", "plan_file", type=FILE, metavar="FILE", help="A plan of your own; see plans/default.toml.")
@kernels_option
@routes_option
@click.option("--payload", "sizes", type=Size(), multiple=True, metavar="SIZE", help="This size; may be given again.")
@click.option(
    "--callers", type=click.IntRange(1, 10_000), help="Closed loop: so many callers, one call each at a time."
)
@click.option("--rate", type=click.FloatRange(1, 10_000_000), help="Open loop: so many calls a second.")
@click.option("--input", "input_path", type=FILE, metavar="FILE", help="Your file instead of generated logs.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31), default=DEFAULT_SEED, show_default=True, help="Orders and inputs."
)
@click.option("--out", type=FILE, metavar="DIR", help="The run folder; must not exist.  [default: runs/TIME-SEED]")
@click.pass_obj
def command(common: "Common", /, **options: object) -> int:
    """Measure, conclude, print the ending."""
    from gateway.bench.orchestrate import bench

    asked = _asked(own=own_kernels(common), **options)  # type: ignore[arg-type] - as click parsed them
    return _ending(bench(asked, common))


def _asked(
    quick: bool,
    plan_file: Path | None,
    kernels: tuple[str, ...],
    routes: tuple[str, ...],
    sizes: tuple[int, ...],
    callers: int | None,
    rate: float | None,
    input_path: Path | None,
    seed: int,
    out: Path | None,
    own: tuple[str, ...],
) -> "Asked":
    import sys

    from gateway.bench.orchestrate import Asked
    from gateway.bench.plan import Wishes

    _refuse_both("--quick", quick, "--plan", plan_file)
    _refuse_both("--callers", callers, "--rate", rate)
    wishes = Wishes(kernels, routes, sizes, IN_FLIGHT if rate else callers, rate, own=own)
    plan = plan_file or _own_plan("quick" if quick else "default")
    return Asked(plan, plan_file is not None, wishes, seed, input_path, out, ["gateway", *sys.argv[1:]])


def _own_plan(name: str) -> Path:
    from gateway.config import ROOT

    return ROOT / "plans" / f"{name}.toml"


def _refuse_both(one: str, value: object, other: str, another: object) -> None:
    from gateway.errors import Refusal

    if value and another:
        raise Refusal(f"{one} and {other} exclude each other", "give one of them")


def _ending(ended: "Ended") -> int:
    from gateway.report.terminal import ending

    if ended.findings is None:
        click.echo("interrupted before anything was measured; no run was written", err=True)
        return exit_codes.INTERRUPTED
    click.echo("\n" + ending(ended.findings))
    if ended.interrupted:
        return exit_codes.INTERRUPTED
    return exit_codes.OK if ended.findings.summary.control.carried else exit_codes.CANNOT_TELL
