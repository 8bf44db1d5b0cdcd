"""`gateway profile`: which functions of a CPU profile could pay in Rust, and which could not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE, Size

if TYPE_CHECKING:
    from gateway.config import Common

DEFAULT_PAYLOAD_BYTES = 4 << 10
DEFAULT_TOP = 10


@click.command(
    help="""Rank the functions of a CPU profile by what a move to Rust could give, and say which are no candidates.

    The boundary is measured here, unless it is given. Run it in the module of the program: candidates that can be
    estimated come with the command.

    \b
    Examples:
      gateway profile cpu.pprof
      gateway profile cpu.pprof --calls-per-second redact.Redact=1200
      gateway profile cpu.pprof --boundary-us 0.3 45 --top 5 --json
    """
)
@click.argument("path", metavar="CPU.PPROF", type=FILE)
@click.option(
    "--top", type=click.IntRange(1, 1000), default=DEFAULT_TOP, show_default=True, help="So many of each kind."
)
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), help="Wall time of the profile.  [default: as it says]"
)
@click.option(
    "--calls-per-second", "calls", multiple=True, metavar="FUNC=N", help="What you know of calls; may be given again."
)
@click.option(
    "--boundary-us",
    type=(click.FloatRange(0, min_open=True), click.FloatRange(0, min_open=True)),
    metavar="INPROC SIDECAR",
    help="The boundary in µs, instead of measuring.",
)
@click.option(
    "--payload",
    "payload_bytes",
    type=Size(),
    default=DEFAULT_PAYLOAD_BYTES,
    metavar="SIZE",
    help="What crosses the boundary that is measured.  [default: 4KiB]",
)
@click.option("--module", type=FILE, default=Path(), metavar="DIR", help="A folder of the module.  [default: this one]")
@click.option("--json", "as_json", is_flag=True, help="Plain values for a program.")
@click.pass_obj
def command(
    common: "Common",
    /,
    path: Path,
    top: int,
    seconds: float | None,
    calls: tuple[str, ...],
    boundary_us: tuple[float, float] | None,
    payload_bytes: int,
    module: Path,
    as_json: bool,
) -> int:
    """Read, measure, rank, print."""
    from gateway.bench.policy import Policy
    from gateway.estimate import profile_run, profile_terminal

    boundary_ns = {"inproc": boundary_us[0] * 1e3, "process": boundary_us[1] * 1e3} if boundary_us else {}
    gain = Policy(**common.policy).minimum_gain
    wanted = profile_run.Wanted(path, module, top, seconds, boundary_ns, payload_bytes, _calls(calls), gain)
    found = profile_run.run(wanted, common)
    click.echo(json.dumps(profile_terminal.to_json(found), indent=2) if as_json else profile_terminal.text(found))
    return exit_codes.OK


def _calls(given: tuple[str, ...]) -> dict[str, float]:
    """Take FUNC=N apart; refuses what is not so."""
    from gateway.errors import Refusal

    found = {}
    for one in given:
        function, _, rate = one.rpartition("=")
        try:
            found[function] = float(rate)
        except ValueError:
            found[function] = 0.0
        if not function or not 0 < found[function] < float("inf"):
            raise Refusal(f"--calls-per-second {one} is no rate", "write it as redact.Redact=1200")
    return found
