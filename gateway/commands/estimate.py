"""`gateway estimate`: what a move to Rust could give, before any Rust is written."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE, Size

if TYPE_CHECKING:
    from gateway.config import Common

CUTS = ("lines", "anywhere", "whole")
DEFAULT_SEED = 42
DEFAULT_ROUNDS = 50


@click.command(
    help="""Say of a Go function of yours, before any Rust is written: how fast must the Rust be to pay?

    Run it in the module of the function, which may be unexported and in an internal package, and takes and gives bytes
    or a string, with an error or without. It is timed where it is and no file of yours is touched; the boundary is
    measured in the same rounds.

    \b
    Examples:
      gateway estimate ./internal/redact.Redact --input app.log
      gateway estimate ./internal/redact.Redact --input app.log --share 0.38
      gateway estimate ./price.quote --input basket.json --cut whole --cpuprofile cpu.pprof
    """
)
@click.argument("reference", metavar="PACKAGE.FUNC")
@click.option(
    "--input", "input_path", type=FILE, required=True, metavar="FILE", help="What the function is called with."
)
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), help="The function's share of its endpoint's time, 0 to 1."
)
@click.option(
    "--cpuprofile", "profile_path", type=FILE, metavar="FILE", help="A CPU profile that has the share instead."
)
@click.option(
    "--size",
    "sizes",
    type=Size(),
    multiple=True,
    metavar="SIZE",
    help="Pieces of this size; may be given again.  [default: single lines, 4KiB, 64KiB]",
)
@click.option("--cut", type=click.Choice(CUTS), default=CUTS[0], show_default=True, help="How the input makes pieces.")
@click.option("--module", type=FILE, default=Path(), metavar="DIR", help="A folder of the module.  [default: this one]")
@click.option("--rounds", type=click.IntRange(1, 10_000), default=DEFAULT_ROUNDS, show_default=True, help="At most.")
@click.option("--seed", type=click.IntRange(0, 2**31), default=DEFAULT_SEED, show_default=True, help="Order of blocks.")
@click.option("--json", "as_json", is_flag=True, help="Plain values for a program.")
@click.pass_obj
def command(
    common: "Common",
    /,
    reference: str,
    input_path: Path,
    share: float | None,
    profile_path: Path | None,
    sizes: tuple[int, ...],
    cut: str,
    module: Path,
    rounds: int,
    seed: int,
    as_json: bool,
) -> int:
    """Measure, conclude, print."""
    from gateway.bench.policy import Policy
    from gateway.estimate import estimate, run, terminal

    _refuse_both("--share", share, "--cpuprofile", profile_path)
    _refuse_both("--cut whole", cut == "whole", "--size", sizes)
    wanted = run.Wanted(
        reference, module, input_path, sizes, cut, share, profile_path, rounds, seed, Policy(**common.policy)
    )
    found = run.run(wanted, common)
    click.echo(json.dumps(estimate.to_json(found), indent=2) if as_json else "\n" + terminal.ending(found))
    return exit_codes.CANNOT_TELL if found.distrust else exit_codes.OK


def _refuse_both(one: str, value: object, other: str, another: object) -> None:
    from gateway.errors import Refusal

    if value and another:
        raise Refusal(f"{one} and {other} exclude each other", "give one of them")
