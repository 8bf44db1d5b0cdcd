"""Measures function and boundary in the same rounds, each round in an order of its own. Sleeps while a block runs."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.estimate.boundary import WARM_UP_NS, Boundary, Crossing
from gateway.estimate.measured import Answered, Measured, Times
from gateway.inputs.sizes import LIMIT_BYTES
from gateway.report.quantities import size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.estimate.harness import Block, Harness, Tried
    from gateway.estimate.payload import Payload

BLOCK_NS = 20_000_000
STAMPS_EVERY = 5
FEWEST_CALLS = 3
LONGEST_BLOCK_NS = 2_000_000_000
ASSUMED_SPEED_UP = 2.0
"""So much faster than the Go the other side is taken to compute while the boundary is measured: it decides whether the
worker hands a call to its pool, and how long the caller sleeps, no more."""
LONGEST_COMPUTE_NS = 200_000
"""By then the worker's pool has the call and every thread beside it sleeps: longer changes nothing but the noise."""
_BATCH_NS = 20_000
"""Calls between two clock reads take about so long: a read of some 50 ns is then a quarter of a per cent."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A loaded payload: its Go's time about, how many calls lie between two clock reads, how long its blocks are."""

    answered: Answered
    go_ns: float
    batch: int
    block_ns: int


@dataclass(slots=True)
class Meter:
    """Visits everything once a round."""

    harness: Harness
    boundary: Boundary
    ready: tuple[Ready, ...]
    measured: Measured
    seed: int

    def round(self, index: int) -> None:
        """Run one block of each payload, the first once more as a control, and one of each crossing."""
        visits: list[Callable[[], None]] = [
            *(lambda at=at: self._function(at) for at in range(len(self.ready))),
            self._control,
            *(lambda one=one: self._crossing(one) for one in self.measured.crossings),
        ]
        if index % STAMPS_EVERY == 0:
            visits += [lambda one=one: self._compute(one) for one in self.measured.computes]
        random.Random(f"{self.seed}:{index}").shuffle(visits)
        for visit in visits:
            visit()

    def _function(self, at: int) -> None:
        block, kept = self._block(at), self.measured.times[at]
        kept.median_ns.append(block.median_ns)
        kept.mean_ns.append(block.mean_ns)
        kept.objects.append(block.objects)
        kept.allocated_bytes.append(block.allocated_bytes)
        kept.collector_ns.append(block.collector_ns)

    def _control(self) -> None:
        self.measured.control.append(self._block(0).median_ns)

    def _block(self, at: int) -> Block:
        ready = self.ready[at]
        self.harness.measure(at, ready.batch, WARM_UP_NS)
        return self.harness.measure(at, ready.batch, ready.block_ns)

    def _crossing(self, one: Crossing) -> None:
        self.measured.crossings[one].append(self.boundary.crosses_ns(one, BLOCK_NS))

    def _compute(self, one: Crossing) -> None:
        self.measured.computes[one].append(self.boundary.computes_ns(one, BLOCK_NS))


def tried(harness: Harness, payloads: Sequence[Payload]) -> tuple[Ready, ...]:
    """Call the function with every piece once, and find out how long blocks must be; refuses what it never answers."""
    return tuple(_ready(harness, index, payload) for index, payload in enumerate(payloads))


def prepare(harness: Harness, boundary: Boundary, ready: tuple[Ready, ...], seed: int) -> Meter:
    """Say what a round visits: all that is ready, and its crossings by each route that runs here."""
    answered, routes = tuple(one.answered for one in ready), boundary.routes()
    step_ns = boundary.step_ns(routes[0]) if routes else 1.0
    steps = tuple(round(min(one.go_ns / ASSUMED_SPEED_UP, LONGEST_COMPUTE_NS) / step_ns) for one in ready)
    measured = Measured(answered, steps, routes, [Times() for _ in ready])
    for index in range(len(ready)):
        for one in (one for route in routes for one in measured.crossings_of(index, route)):
            measured.crossings[one], measured.computes[one] = [], []
    return Meter(harness, boundary, ready, measured, seed)


def run(meter: Meter, rounds: int, within_s: float, say: Callable[[str], None]) -> int:
    """Run the rounds, or as many as the time allows; return how many."""
    began_s = time.monotonic()
    for done in range(rounds):
        spent_s = time.monotonic() - began_s
        if done and spent_s * (done + 1) / done > within_s:
            return done
        left = f", about {spent_s / done * (rounds - done):.0f} s left" if done else ""
        say(f"round {done + 1} of {rounds}{left}")
        meter.round(done)
    return rounds


def _ready(harness: Harness, index: int, payload: Payload) -> Ready:
    answered = _answered(payload, harness.load(payload.pieces))
    each_ns = harness.measure(index, _fewest(payload, answered), WARM_UP_NS).median_ns
    batch = answered.pieces if payload.is_mix else max(1, round(_BATCH_NS / each_ns))
    block_ns = max(BLOCK_NS, round(FEWEST_CALLS * batch * each_ns))
    return Ready(answered, each_ns, batch, min(block_ns, LONGEST_BLOCK_NS))


def _fewest(payload: Payload, answered: Answered) -> int:
    return answered.pieces if payload.is_mix else 1


def _answered(payload: Payload, tried: Sequence[Tried]) -> Answered:
    """Say what the function made of the pieces; refuses when it answers none, or more than a call can carry."""
    good = [(piece, one) for piece, one in zip(payload.pieces, tried, strict=True) if one.answered]
    if not good:
        raise _refused(payload, tried)
    reply_bytes = [one.reply_bytes for _, one in good]
    if max(reply_bytes) > LIMIT_BYTES:
        raise Refusal(
            f"the reply to {payload.name} has {size(max(reply_bytes))}, and a call carries {size(LIMIT_BYTES)} at most",
            "give smaller pieces by --size",
        )
    return Answered(
        name=payload.name,
        pieces=len(good),
        left_out=len(tried) - len(good),
        request_bytes=round(sum(len(piece) for piece, _ in good) / len(good)),
        reply_bytes=round(sum(reply_bytes) / len(good)),
        changes_input=any(one.changed for _, one in good),
        is_mix=payload.is_mix,
    )


def _refused(payload: Payload, tried: Sequence[Tried]) -> Refusal:
    panics = sorted({one.panicked for one in tried if one.panicked})
    did = f"panics ({', '.join(panics)})" if panics else "returns an error"
    return Refusal(
        f"the function {did} for all {len(tried)} pieces of {payload.name}",
        "give an --input that it takes, cut as it wants it (--size, --cut)",
    )
