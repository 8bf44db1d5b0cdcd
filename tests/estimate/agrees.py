"""Does `gateway estimate` find the needed speed-ups that a whole bench finds? `python -m tests.estimate.agrees`.

The estimate times the Go twin of `redact` in a module of its own, told nothing of the Rust; the bench measures both.
Each runs as a user runs it, on the same input and sizes. Agreed is within 20 %, or that no speed-up is enough by both.
"""

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from gateway.inputs import logs
from gateway.report.quantities import size
from tests.estimate import twin

SIZES_BYTES = (4 << 10, 64 << 10, 1 << 20)
"""A sidecar can never pay at the first, pays at the last if the Rust is fast enough, and is near never at 64 KiB."""
ROUTES = ("cgo/raw", "uds/msgpack")
WITHIN = 0.2
INPUT_BYTES, SEED = 4 << 20, 42


def main() -> int:
    """Measure both, print a line a size and placement; 1 where they disagree."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="agrees") as name:
        folder = Path(name)
        log = folder / "app.log"
        log.write_bytes(logs.generate(SEED, INPUT_BYTES))
        by_estimate = _estimated(folder, log, options)
        by_bench = _benched(folder, log, options)
    rows = [(key, by_estimate[key], by_bench[key]) for key in sorted(by_bench)]
    for (size_bytes, placement), one, other in rows:
        told = "agree" if agree(one["estimate"], other["estimate"]) else "DISAGREE"
        print(f"redact {size(size_bytes):>6} {placement:<8} estimate {_text(one):<20} bench {_text(other):<20} {told}")
    return 0 if all(agree(one["estimate"], other["estimate"]) for _, one, other in rows) else 1


def agree(one: float | None, other: float | None) -> bool:
    """Whether two needed speed-ups are the same within 20 %; None is one that no Rust reaches."""
    if one is None or other is None:
        return one is other
    return abs(one / other - 1) <= WITHIN


def _estimated(folder: Path, log: Path, options: Namespace) -> dict[tuple[int, str], dict[str, Any]]:
    module = twin.write(folder / "twin")
    sizes = [text for one in SIZES_BYTES for text in ("--size", str(one))]
    told = _gateway(
        options,
        ["estimate", twin.REFERENCE, "--module", str(module), *sizes, "--cut", "anywhere", "--json"],
        log,
    )
    return {
        (payload["request_bytes"], way["placement"]): way["needed"]
        for payload in json.loads(told)["payloads"]
        for way in payload["ways"]
        if way["route"] in ROUTES
    }


def _benched(folder: Path, log: Path, options: Namespace) -> dict[tuple[int, str], dict[str, Any]]:
    run = folder / "run"
    narrowed = ["--kernel", "redact", *(text for one in ROUTES for text in ("--route", one))]
    sizes = [text for one in SIZES_BYTES for text in ("--payload", str(one))]
    _gateway(
        options,
        ["bench", "--quick", *narrowed, *sizes, "--no-sweep", "--no-journey", "--out", str(run)],
        log,
    )
    summary = json.loads((run / "summary.json").read_text())
    return {
        (one["size_bytes"], placement): needed
        for one in summary["speed_up"]
        for placement, needed in one["needed"].items()
    }


def _gateway(options: Namespace, arguments: list[str], log: Path) -> str:
    """Run a command on the input; its exit code 3 (a disturbed machine) still has figures."""
    programs = ["--bin", options.bin] if options.bin else []
    both = ["--input", str(log), "--rounds", str(options.rounds)]
    command = [sys.executable, "-m", "gateway", *programs, *arguments, *both]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{arguments[0]} ended with {done.returncode}")
    return done.stdout


def _text(one: dict[str, Any]) -> str:
    if one["estimate"] is None:
        return "never"
    if one["low"] is None:
        return f"{one['estimate']:.2f}× (no interval)"
    high = "never" if one["high"] is None else f"{one['high']:.2f}"
    return f"{one['estimate']:.2f}× ({one['low']:.2f}–{high})"


def _options() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="rounds of both")
    parser.add_argument("--bin", help="folder of the built programs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
