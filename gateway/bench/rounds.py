"""The order of blocks: each round visits every case once, in an order of its own that follows from the seed. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.bench.plan import Case, Plan

OFF, STAMPS, UNSAMPLED, SAMPLED = "off", "stamps", "unsampled", "sampled"
_SHORTEST = 0.2


@dataclass(frozen=True, slots=True)
class Visit:
    """One block to be measured: the index of its case, and what a call carries."""

    case: int
    mode: str


def visits(plan: Plan, round_index: int) -> list[Visit]:
    """Return the blocks of a round: each case without tracing, and in the modes that it is measured in besides.

    Cases that do not name stamps have them in every `stamps_every`-th round.
    """
    stamped = round_index % plan.stamps_every == 0
    blocks = [Visit(index, mode) for index, case in enumerate(plan.cases) for mode in (OFF, *_modes(case, stamped))]
    random.Random(f"{plan.seed}:{round_index}").shuffle(blocks)
    return blocks


def _modes(case: Case, stamped: bool) -> tuple[str, ...]:
    also = (STAMPS,) if stamped and case.carries_stamps and STAMPS not in case.modes else ()
    return (*case.modes, *also)


def pace(plan: Plan, done: int, spent_s: float, present: float) -> float:
    """Return by how much blocks are shortened (0.2 to 1) after `done` rounds in `spent_s`, to keep the budget."""
    budget_s = min((one for one in (plan.budget_s, plan.time_budget_s) if one), default=0)
    if not budget_s or not 0 < done < plan.rounds:
        return present
    allowed_s = (budget_s - spent_s) / (plan.rounds - done)
    return min(1.0, max(_SHORTEST, present * allowed_s / (spent_s / done)))


def block_seed(seed: int, round_index: int, position: int) -> int:
    """Return the seed of a block's reservoir and request order, 63 bits."""
    return random.Random(f"{seed}:{round_index}:{position}").getrandbits(63)
