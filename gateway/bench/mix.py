"""Payloads of the sizes that the user's own input has: its lines as they are, drawn at random from the seed. Pure."""

from __future__ import annotations

import random
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from gateway.inputs.sizes import LIMIT_BYTES

if TYPE_CHECKING:
    from gateway.bench.plan import Case, Plan
    from gateway.bench.requests import Inputs

MOST = 1024
_BUDGET_BYTES = 8 << 20


def payloads(content: bytes, seed: int) -> list[bytes]:
    """Return up to 1,024 lines of the input with their ends, each as likely as any other.

    Calls go round in them, so a block's payloads have the lines' distribution of sizes. Lines over the contract's limit
    are left out, and lines are drawn only as far as 8 MiB hold them.
    """
    lines = [line for line in content.splitlines(keepends=True) if len(line) <= LIMIT_BYTES] or [content[:LIMIT_BYTES]]
    drawn = random.Random(f"mix:{seed}").sample(lines, min(MOST, len(lines)))
    held, total = [], 0
    for line in drawn:
        total += len(line)
        if held and total > _BUDGET_BYTES:
            break
        held.append(line)
    return held


def sized(plan: Plan, inputs: Inputs) -> Plan:
    """Return the plan with the mean payload of each kernel's input, bytes, in its scenarios with a mix."""
    return replace(plan, cases=tuple(_sized(case, inputs) for case in plan.cases))


def _sized(case: Case, inputs: Inputs) -> Case:
    if not case.scenario.mix:
        return case
    given = inputs.of(case.scenario.kernel)
    lines = payloads(given.content, given.seed)
    return replace(case, scenario=replace(case.scenario, size_bytes=max(1, round(fmean(map(len, lines))))))
