"""How often intervals over machines cover the mean of all machines: `python -m tests.merge.coverage [N]`."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench import merge_interval
from gateway.bench.intervals import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[np.random.Generator, int], np.ndarray]

COUNTS = (3, 4, 5, 8, 20)
SIMULATIONS = 4_000
SEED = 20_261_123
_APART = 0.5


def alike(rng: np.random.Generator, count: int) -> np.ndarray:
    """Machines of one kind: logarithms of ratios that are normal around 0."""
    return rng.normal(0, 0.1, count)


def two_kinds(rng: np.random.Generator, count: int) -> np.ndarray:
    """Half of all machines are of another kind, far away beside how those of a kind differ."""
    return rng.choice([-_APART, _APART], count) + rng.normal(0, 0.02, count)


def heavy_tails(rng: np.random.Generator, count: int) -> np.ndarray:
    """Now and then a machine that is far off: Student's t with three degrees of freedom."""
    return 0.1 * rng.standard_t(3, count)


KINDS: dict[str, Draw] = {"alike": alike, "two kinds": two_kinds, "heavy tails": heavy_tails}


def coverage(draw: Draw, count: int, simulations: int = SIMULATIONS) -> float:
    """The share of intervals over `count` machines that hold the truth, a ratio of 1."""
    rng = np.random.default_rng(SEED)
    found = [merge_interval.over_machines(_machines(draw(rng, count))) for _ in range(simulations)]
    return sum(one.low is not None and one.high is not None and one.low <= 1 <= one.high for one in found) / simulations


def _machines(logs: np.ndarray) -> dict[str, Interval]:
    return {str(place): Interval(math.exp(log), None, None, 50, 0.0, 50.0) for place, log in enumerate(logs)}


def main() -> None:
    """Print the table of docs/decisions/0030, also below the fewest machines that carry an interval."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else SIMULATIONS
    merge_interval.MIN_MACHINES = 2
    print("machines     " + "".join(f"{count:>8}" for count in COUNTS))
    for name, draw in KINDS.items():
        print(f"{name:<13}" + "".join(f"{coverage(draw, count, simulations):>8.1%}" for count in COUNTS))


if __name__ == "__main__":
    main()
