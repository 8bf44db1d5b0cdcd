"""The order of blocks: each round visits every case once, in an order of its own that follows from the seed. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.plan import Plan

OFF, STAMPS = "off", "stamps"
_SHORTEST = 0.2


@dataclass(frozen=True, slots=True)
class Visit:
    """One block to be measured: the index of its case, and what a call carries."""

    case: int
    mode: str


def visits(plan: Plan, round_index: int, excluded: Sequence[int] = ()) -> list[Visit]:
    """Return the blocks of a round: all cases without stamps, and in every `stamps_every`-th round with stamps too."""
    cases = [index for index in range(len(plan.cases)) if index not in excluded]
    blocks = [Visit(index, OFF) for index in cases]
    if round_index % plan.stamps_every == 0:
        blocks += [Visit(index, STAMPS) for index in cases if plan.cases[index].carries_stamps]
    random.Random(f"{plan.seed}:{round_index}").shuffle(blocks)
    return blocks


def pace(plan: Plan, done: int, spent_s: float, present: float) -> float:
    """Return by how much blocks are shortened (0.2 to 1) after `done` rounds in `spent_s`, to keep the budget."""
    if not plan.budget_s or not 0 < done < plan.rounds:
        return present
    allowed_s = (plan.budget_s - spent_s) / (plan.rounds - done)
    return min(1.0, max(_SHORTEST, present * allowed_s / (spent_s / done)))


def block_seed(seed: int, round_index: int, position: int) -> int:
    """Return the seed of a block's reservoir and request order, 63 bits."""
    return random.Random(f"{seed}:{round_index}:{position}").getrandbits(63)
