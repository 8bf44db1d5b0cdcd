"""Does ghz, which others wrote, say the same of the same worker as our load driver? `python -m tests.agreement.ghz`.

What the two can agree on is chosen so that it is the worker's and not the client's:

- p50(redact 4 KiB) − p50(echo 4 KiB), at 1 and at 16 callers. Client and worker share one CPU there: what the client
  needs for a call is in both medians alike and drops out, also at 16 callers, where a median is 16 times all the work
  of a call. On a CPU each, a client that is slower than the worker hides a part of the difference, and ghz needs twice
  the CPU time a call of our driver.
- Calls a second at 16 callers with a CPU for each, where the worker is what limits: calls of 4 KiB that compute for
  some 0.4 ms. With lighter calls the tool is the limit, and the rate its own; those rows are shown and not judged.

Rounds go through all blocks, each second one backwards. All processes run at real-time priority (round robin) where the
system allows it, so that others do not come between. Exit code 0: within the tolerances; 1: not.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gateway.supervise import Programs, Session, SessionOptions
from tests.agreement.calling import CONNECTIONS, Block, Driver, Ghz, requests
from tests.agreement.judging import Finding, difference, throughput
from tests.running import built

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME, SPLIT = "same", "split"
MANY = 16
REALTIME = 10


class Case(NamedTuple):
    """One block of a round, but for who makes it."""

    kernel: str
    callers: int
    placement: str


DIFFERENCES = (1, MANY)
JUDGED = "spin"
THROUGHPUTS = (JUDGED, "redact", "echo")
CASES = (
    *(Case(kernel, callers, SAME) for callers in DIFFERENCES for kernel in ("echo", "redact")),
    *(Case(kernel, MANY, SPLIT) for kernel in THROUGHPUTS),
)
WEIGHT = {"spin": 0.25}
"""Of the calls of a block: slow ones need fewer."""

Blocks = dict[tuple[str, Case], list[Block]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement.ghz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--calls", type=int, default=3000, help="of a block")
    options = parser.parse_args(arguments)
    print(f"{options.rounds} rounds, {_come_first()}")
    found = findings(measure(options.rounds, options.calls))
    print(table(found))
    return 0 if all(one.agrees for one in found) else 1


def _come_first() -> str:
    """Take a real-time priority, which the processes that are started inherit; say how it went."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME))
    except PermissionError:
        return "at ordinary priority: only root may have another"
    return "at real-time priority"


def measure(rounds: int, calls: int) -> Blocks:
    """Run all rounds against one worker."""
    blocks: Blocks = defaultdict(list)
    options = SessionOptions(driver_args=("--connections", str(CONNECTIONS)))
    with Session(Programs.in_folder(built()), options) as session, tempfile.TemporaryDirectory() as folder:
        encoded = requests()
        clients = (Driver(session, encoded), Ghz(session, encoded, Path(folder)))
        order = [(client, case) for case in CASES for client in clients]
        for index in range(rounds):
            _progress(index, rounds)
            for client, case in order if index % 2 == 0 else reversed(order):
                mine, workers = _cpus(case.placement)
                session.pin(session.worker, workers)
                block = client.block(case.kernel, case.callers, round(calls * WEIGHT.get(case.kernel, 1)), mine)
                blocks[client.name, case].append(block)
    return blocks


def findings(blocks: Blocks) -> list[Finding]:
    """Judge all rounds."""
    return [
        *(_difference(blocks, callers) for callers in DIFFERENCES),
        *(_throughput(blocks, Case(kernel, MANY, SPLIT)) for kernel in THROUGHPUTS),
    ]


def table(found: Sequence[Finding]) -> str:
    """A line a figure."""
    head = f"{'':48}{'driver':>12}{'ghz':>12}{'ghz over driver':>30}"
    return "\n".join((head, *map(_line, found)))


def _line(one: Finding) -> str:
    told = f"{one.deviation:+.1%} [{one.low:+.1%}, {one.high:+.1%}]"
    wanted = f"{'agrees' if one.agrees else 'DIFFERS'}, within {one.tolerance:.0%} wanted" if one.tolerance else "shown"
    return f"{one.name:48}{one.driver:9,.1f} {one.unit:2}{one.ghz:9,.1f} {one.unit:2}{told:>30}  {wanted}"


def _difference(blocks: Blocks, callers: int) -> Finding:
    def rounds(client: str) -> np.ndarray:
        redact, echo = (blocks[client, Case(kernel, callers, SAME)] for kernel in ("redact", "echo"))
        return np.array([one.p50_ns - other.p50_ns for one, other in zip(redact, echo, strict=True)])

    return difference(f"p50(redact) − p50(echo), 4 KiB × {callers}", rounds(Driver.name), rounds(Ghz.name))


def _throughput(blocks: Blocks, case: Case) -> Finding:
    driver, ghz = blocks[Driver.name, case], blocks[Ghz.name, case]
    name = f"{case.kernel} 4 KiB × {MANY}, worker {_busy(driver):.0%} and {_busy(ghz):.0%} busy"
    rates = [np.array([block.per_s for block in one]) for one in (driver, ghz)]
    return throughput(name, rates[0], rates[1], judged=case.kernel == JUDGED)


def _busy(blocks: list[Block]) -> float:
    return float(np.median([block.worker_busy for block in blocks]))


def _cpus(placement: str) -> tuple[set[int], set[int]]:
    """CPUs of the client and of the worker."""
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, {others[0]} if placement == SPLIT and others else {first}


def _progress(index: int, rounds: int) -> None:
    if sys.stderr.isatty():
        print(f"\rround {index + 1} of {rounds}", end="" if index + 1 < rounds else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
