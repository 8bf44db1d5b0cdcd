"""`gateway selfcheck`: can what is measured here be believed?"""

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import Share, routes_option

if TYPE_CHECKING:
    from gateway.bench.selfcheck_trials import Trials
    from gateway.config import Common

ROUTES = ("uds/msgpack", "grpc-uds/protobuf", "cgo/raw")
_STEPS = 2


@click.command(
    help="""Run trials on real routes whose truth is known, and say how often the measuring is right.

    A trial is a short run with three cases in random order: a call, the same call again, and the call with planted
    computing. A false alarm is an interval that tells the first two apart; the planted work should be found.

    Exit codes: 0 both rates are within bounds, 1 they are not, 3 can't tell (fewer than 100 trials, or other work on
    this machine). Stop other programs before.

    \b
    Examples:
      gateway selfcheck
      gateway selfcheck --trials 20 --route cgo/raw
      gateway selfcheck --plant 10% --json > selfcheck.json
    """
)
@click.option("--trials", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many trials.")
@routes_option
@click.option("--plant", type=Share(), default="5%", show_default=True, help="Planted work, as a share of a call.")
@click.option("--rounds", type=click.IntRange(1, 10_000), metavar="N", help="Rounds of a trial.  [default: 100]")
@click.option("--seed", type=click.IntRange(0, 2**31), default=42, show_default=True, help="Orders and requests.")
@click.option("--json", "as_json", is_flag=True, help="Rates and every trial's intervals as JSON.")
@click.pass_obj
def command(
    common: "Common",
    /,
    trials: int,
    routes: tuple[str, ...],
    plant: float,
    rounds: int | None,
    seed: int,
    *,
    as_json: bool,
) -> int:
    """Run the trials, print, judge."""
    import json
    import platform
    import sys
    import time

    from gateway import elsewhere
    from gateway.bench import selfcheck, selfcheck_table

    elsewhere.refuse_measuring(platform.system())
    began_s = time.monotonic()
    running = _run(common, trials, routes or ROUTES, plant, rounds, seed)
    told = running.done, running.plants, plant, time.monotonic() - began_s
    if as_json:
        click.echo(json.dumps(selfcheck_table.document(*told, ["gateway", *sys.argv[1:]]), indent=1))
    else:
        click.echo(selfcheck_table.text(*told))
    outcome, _ = selfcheck.judge(selfcheck.Rates.of("all", running.done))
    codes = {selfcheck.HOLDS: exit_codes.OK, selfcheck.FAILS: exit_codes.FAILED}
    return codes.get(outcome, exit_codes.CANNOT_TELL)


def _run(
    common: "Common", trials: int, routes: tuple[str, ...], plant: float, rounds: int | None, seed: int
) -> "Trials":
    """Start a bed and run the trials on it; nothing is left running."""
    from gateway import build
    from gateway.bench import bed as beds
    from gateway.bench import requests
    from gateway.bench.selfcheck_trials import ROUNDS, Trials
    from gateway.progress import Steps
    from gateway.wire.routes import is_proxied

    programs, steps = build.ensure(common), Steps(_STEPS)
    with ExitStack() as stack:
        with steps.step("start worker and driver"):
            bed = stack.enter_context(beds.started(programs, proxied=any(map(is_proxied, routes))))
        running = Trials(bed, requests.read(None, seed).common, plant, rounds or ROUNDS, seed)
        running.check(routes)
        with steps.step("trials") as say:
            running.run(trials, routes, say)
        return running
