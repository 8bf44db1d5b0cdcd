"""`gateway estimate`, step by step: find the function, build, start, try, rounds, conclude."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway import build
from gateway.bench import bed as beds
from gateway.estimate import cpu_profile, endpoint_share, estimate, harness, payload, payoff, rounds, subject, yardstick
from gateway.estimate.boundary import ROUTES, Boundary
from gateway.inputs import pieces
from gateway.progress import Steps

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.policy import Policy
    from gateway.config import Common
    from gateway.estimate.endpoint_share import EndpointShare
    from gateway.estimate.estimate import Estimate
    from gateway.estimate.payload import Payload
    from gateway.estimate.subject import Subject
    from gateway.supervise import Programs

STEPS = 4
LONGEST_S = 120.0
"""Rounds end by then; with a slow function there are fewer of them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; `folder` is where PACKAGE is looked for."""

    reference: str
    folder: Path
    input_path: Path
    sizes_bytes: tuple[int, ...]
    cut: str
    share: float | None
    profile_path: Path | None
    rounds: int
    seed: int
    policy: Policy


def run(wanted: Wanted, common: Common) -> Estimate:
    """Measure and conclude; raises Refusal or Failure, and leaves nothing running in any case."""
    began_s = time.monotonic()
    content = pieces.read(wanted.input_path)
    payloads = payload.payloads(content, wanted.sizes_bytes, wanted.cut)
    found = subject.find(wanted.reference, wanted.folder)
    told = _share(wanted, found)
    steps = Steps(STEPS)
    with ExitStack() as stack:
        program, ready = _try(found, payloads, stack, steps)
        boundary = _start(build.ensure(common), content, stack, steps)
        meter = rounds.prepare(program, boundary, ready, wanted.seed)
        with steps.step("rounds") as say:
            done = rounds.run(meter, wanted.rounds, LONGEST_S, say)
        with steps.step("time our own kernels in both languages"):
            yardsticks = yardstick.measure(boundary)
    return estimate.Estimate(
        asked=_asked(wanted, found, len(content)),
        rounds=done,
        took_s=time.monotonic() - began_s,
        policy=wanted.policy,
        share=told,
        payoffs=payoff.payoffs(meter.measured, wanted.policy.minimum_gain, told),
        control=estimate.control(meter.measured),
        yardsticks=yardsticks,
        missing=tuple(route for route in ROUTES if route not in meter.measured.routes),
    )


def _try(
    found: Subject, payloads: tuple[Payload, ...], stack: ExitStack, steps: Steps
) -> tuple[harness.Harness, tuple[rounds.Ready, ...]]:
    with steps.step(f"build {found.title} with a loop around it, and try it"):
        program = stack.enter_context(harness.started(found))
        return program, rounds.tried(program, payloads)


def _start(programs: Programs, content: bytes, stack: ExitStack, steps: Steps) -> Boundary:
    with steps.step("start worker and driver"):
        return Boundary(stack.enter_context(beds.started(programs, proxied=False)), content)


def _asked(wanted: Wanted, found: Subject, input_bytes: int) -> estimate.Asked:
    return estimate.Asked(
        wanted.reference, found.title, found.declaration, wanted.input_path.name, input_bytes, wanted.seed
    )


def _share(wanted: Wanted, found: Subject) -> EndpointShare | None:
    if wanted.profile_path:
        return endpoint_share.of_profile(cpu_profile.read(wanted.profile_path), found.symbol)
    return endpoint_share.EndpointShare(wanted.share, "as you say") if wanted.share is not None else None
