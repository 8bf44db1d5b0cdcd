"""`gateway bench`: the main job, from a plan to a verdict."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import exit_codes
from gateway.commands.options import FILE, Share, Size, kernels_option, own_kernels, routes_option, target_option

if TYPE_CHECKING:
    from gateway.bench.orchestrate import Asked, Ended
    from gateway.bench.plan import Wishes
    from gateway.config import Common

IN_FLIGHT = 64
MIX = "mix"
_FLAGS = {
    "kernels": "--kernel",
    "routes": "--route",
    "sizes": "--payload",
    "plan_file": "--plan",
    "time_budget": "--time-budget",
}
_BESIDE_REPLAY = {"replay", "input_path", "out"}


class Payload(Size):
    """A size such as 4KiB, as a number of bytes, or `mix`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Bytes, or the word; what is neither is refused."""
        return MIX if value == MIX else super().convert(value, param, ctx)


class Seconds(click.ParamType):
    """A time such as 60s or 5min, as seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Take a number with s, min or h, or without; refuses what is no time from 1 s to a day."""
        text = str(value)
        unit = next((unit for unit in ("min", "s", "h") if text.endswith(unit)), "")
        try:
            found = float(text.removesuffix(unit)) * {"min": 60, "h": 3600}.get(unit, 1)
        except ValueError:
            found = 0.0
        if not 1 <= found <= 86_400:
            self.fail(f"{value!r} is no time; write one such as 60s or 5min", param, ctx)
        return found


@click.command(
    help="""Measure every route, and end with a table, a verdict a kernel and one HTML file.

    In a project with kernels of its own those are measured, each on requests of three sizes cut from its input.

    With --target compose each route to a process is measured twice in the same rounds: to a process of the host, and
    into the containers of docker-compose.yml, which are brought up for it unless they run.

    What is built or verified first is said while it happens. Ctrl-C keeps what was measured. The run folder holds
    run.json, summary.json, spans.json, report.html and tables of blocks and samples, and no byte of an input.

    \b
    Examples:
      gateway bench --quick                        the answer in a minute
      gateway bench --quick --input app.log        the answer on your own input
      gateway bench --kernel redact --route uds    one kernel, one channel, and Go beside it
      gateway bench --payload 1KiB --payload 64KiB --callers 16
      gateway bench --quick --payload mix --input app.log --precision 2% --rounds 500
      gateway bench --replay runs/20261123T120000Z-42
      gateway bench --target compose --plan plans/compose.toml    host process beside container
    """
)
@click.option("--quick", is_flag=True, help="The quick plan: at most 40 cases, a minute.")
@click.option("--plan", "plan_file", type=FILE, metavar="FILE", help="A plan of your own; see plans/default.toml.")
@kernels_option
@routes_option
@click.option(
    "--payload",
    "sizes",
    type=Payload(),
    multiple=True,
    metavar="SIZE|mix",
    help="This size, or the sizes of the input's own lines; may be given again.",
)
@click.option(
    "--callers", type=click.IntRange(1, 10_000), help="Closed loop: so many callers, one call each at a time."
)
@click.option("--rate", type=click.FloatRange(1, 10_000_000), help="Open loop: so many calls a second.")
@click.option("--input", "input_path", type=FILE, metavar="FILE", help="Your file instead of generated logs.")
@click.option("--seed", type=click.IntRange(0, 2**31), help="Orders and inputs.  [default: 42]")
@click.option("--rounds", type=click.IntRange(1, 10_000), help="At most so many rounds, instead of the plan's.")
@click.option(
    "--placement",
    type=click.Choice(["split", "same", "free"]),
    help="CPUs: half each for caller and worker, one for both, or nothing pinned.  [default: split]",
)
@click.option("--precision", type=Share(), metavar="2%", help="End when every ratio is known so well.")
@click.option("--time-budget", type=Seconds(), metavar="60s", help="End the rounds after this time.")
@click.option("--sweep/--no-sweep", default=None, help="Find each route's knee by rising rates, or do not.")
@click.option("--journey/--no-journey", default=None, help="Send whole HTTP requests through the service, or do not.")
@target_option
@click.option("--replay", type=FILE, metavar="RUN", help="A run's plan, seed and policy once more, on its input.")
@click.option("--out", type=FILE, metavar="DIR", help="The run folder; must not exist.  [default: runs/TIME-SEED]")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Measure, conclude, print the ending."""
    import platform

    from gateway import elsewhere
    from gateway.bench.orchestrate import bench

    elsewhere.refuse_measuring(platform.system())
    common: Common = ctx.obj
    _refuse_clashes(ctx, options)
    return _ending(bench(_asked(own_kernels(common), options), common))


def _refuse_clashes(ctx: click.Context, options: dict[str, Any]) -> None:
    """Refuse options that exclude each other; a file's defaults do not stand in the way of a replay."""
    present = {name for name, value in options.items() if value}
    typed = {name for name in options if ctx.get_parameter_source(name) in _TYPED}
    pairs = [("quick", "plan_file"), ("callers", "rate")]
    clashes = [pair for pair in pairs if {*pair} <= present]
    clashes += [("replay", name) for name in sorted(typed - _BESIDE_REPLAY)] if options["replay"] else []
    for one, other in clashes:
        from gateway.errors import Refusal

        raise Refusal(f"{_flag(one)} and {_flag(other)} exclude each other", "give one of them")


_TYPED = (click.core.ParameterSource.COMMANDLINE, click.core.ParameterSource.ENVIRONMENT)


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name}")


def _asked(own: tuple[str, ...], options: dict[str, Any]) -> "Asked":
    import sys

    from gateway.bench.orchestrate import Asked

    return Asked(
        plan_file=options["plan_file"] or _own_plan("quick" if options["quick"] else "default"),
        plan_is_own=options["plan_file"] is not None,
        wishes=_wishes(own, options),
        input_path=options["input_path"],
        out=options["out"],
        command=["gateway", *sys.argv[1:]],
        replay=options["replay"],
        target=options["target"],
    )


def _wishes(own: tuple[str, ...], options: dict[str, Any]) -> "Wishes":
    from gateway.bench.plan import Wishes

    same = ("kernels", "routes", "seed", "rounds", "placement", "precision", "sweep", "journey")
    return Wishes(
        **{name: options[name] for name in same},
        sizes_bytes=tuple(size for size in options["sizes"] if size != MIX),
        mix=MIX in options["sizes"],
        callers=IN_FLIGHT if options["rate"] else options["callers"],
        rate_per_s=options["rate"],
        time_budget_s=options["time_budget"],
        own=own,
    )


def _own_plan(name: str) -> Path:
    from gateway import installed

    return installed.plans() / f"{name}.toml"


def _ending(ended: "Ended") -> int:
    from gateway.report.terminal import ending

    if ended.findings is None:
        click.echo("interrupted before anything was measured; no run was written", err=True)
        return exit_codes.INTERRUPTED
    click.echo("\n" + ending(ended.findings))
    if ended.interrupted:
        return exit_codes.INTERRUPTED
    return exit_codes.OK if ended.findings.summary.control.carried else exit_codes.CANNOT_TELL
