"""Whether the three estimators of the boundary's cost agree: `python -m tests.bench.estimators_agree [RUNS]`.

Measures plans/boundary.toml three times in a row (some 80 s each on a quiet machine) and prints what each estimator
says of `uds` and of `grpc-uds` at 4 KiB. Ends with 0 when all lie within 10 % of one another in every run, else with 1.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.bench import folder
from gateway.bench.estimators import AGREEMENT, BoundaryEstimate
from gateway.bench.summary import Summary, summarise
from gateway.config import ROOT
from gateway.report.quantities import duration, percent, size
from tests.running import gateway

if TYPE_CHECKING:
    from gateway.bench.intervals import Interval

PLAN = ROOT / "plans" / "boundary.toml"
ROUTES = ("uds/msgpack", "grpc-uds/protobuf")
SIZE_BYTES = 4_096
RUNS = 3
CANNOT_TELL = 3
"""Exit code of a bench without verdicts; its times are there all the same."""


def measure(out: Path) -> Summary:
    """Measure the plan once."""
    ended = gateway("bench", "--plan", str(PLAN), "--out", str(out))
    if ended.returncode not in (0, CANNOT_TELL):
        sys.exit(ended.stderr)
    return summarise(folder.read(out))


def told(one: BoundaryEstimate) -> str:
    """Return the estimates of a route in a line."""
    parts = {"null kernel": one.null_ns, "receipt": one.receipt_ns, "fit": one.fit_ns}
    figures = " | ".join(f"{name} {_interval(interval)}" for name, interval in parts.items())
    return f"{one.route:18} {size(one.size_bytes)}  {figures} | spread {percent(one.spread)}"


def _interval(one: Interval) -> str:
    return duration(one.estimate) + (f" ±{duration(one.half_width)}" if one.half_width is not None else "")


def agree(found: Summary) -> bool:
    """Print the estimates of a run, and return whether those that are asked for agree."""
    asked = [one for one in found.estimates if one.route in ROUTES and one.size_bytes == SIZE_BYTES]
    for one in asked:
        print("  " + told(one))
    print(f"  {found.disturbed_rounds} of {found.rounds} rounds disturbed", flush=True)
    return len(asked) == len(ROUTES) and all(one.agrees for one in asked)


def main(runs: int) -> int:
    """Measure so many times; return the exit code."""
    good = 0
    with tempfile.TemporaryDirectory() as here:
        for number in range(runs):
            print(f"run {number + 1} of {runs}", flush=True)
            good += agree(measure(Path(here) / str(number)))
    print(f"{good} of {runs} runs agree within {percent(AGREEMENT, 0)}")
    return 0 if good == runs else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
