"""Series over rounds whose true mean is 0, and how often intervals cover it: `python -m tests.bench.coverage [N]`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.intervals import mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    Matrix = np.ndarray
    Draw = Callable[[np.random.Generator, tuple[int, int]], Matrix]

COUNTS = (20, 50, 200)
SIMULATIONS = 2_000
SEED = 20_261_123
_WARM_UP = 200
_MODES_APART = 5.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of so many simulated series: how many had too few rounds, and how many intervals covered the truth."""

    simulations: int
    printed: int
    covered: int

    @property
    def share(self) -> float:
        """The coverage of the intervals that were printed; NaN where none was."""
        return self.covered / self.printed if self.printed else float("nan")

    @property
    def too_few(self) -> float:
        """The share of series that gave no interval."""
        return 1 - self.printed / self.simulations


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
    """Independent rounds."""
    return rng.standard_normal(shape)


def students_t(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
    """Heavy tails: three degrees of freedom."""
    return rng.standard_t(3, shape)


def outliers(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
    """One round in ten is five times as far off as the others."""
    return rng.standard_normal(shape) * np.where(rng.random(shape) < 0.1, 5.0, 1.0)


def lognormal(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
    """Heavy on one side only: rounds that are slow, none that is fast; skewness 6.2."""
    return rng.lognormal(0.0, 1.0, shape) - np.exp(0.5)


def autoregressive(correlation: float, draw: Draw = normal) -> Draw:
    """An AR(1) process, after a warm-up."""

    def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
        noise = draw(rng, (shape[0], shape[1] + _WARM_UP))
        series = np.zeros_like(noise)
        for index in range(1, noise.shape[1]):
            series[:, index] = correlation * series[:, index - 1] + noise[:, index]
        return series[:, _WARM_UP:]

    return drawn


def bimodal(correlation: float, upper: float = 0.5) -> Draw:
    """Two modes five standard deviations apart; a Markov chain of that lag-1 autocorrelation says which one holds."""

    def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> Matrix:
        chance = rng.random(shape)
        there = chance < upper
        for index in range(1, shape[1]):
            stays = upper * (1 - correlation) + correlation * there[:, index - 1]
            there[:, index] = chance[:, index] < stays
        return (there - upper) * _MODES_APART + rng.standard_normal(shape)

    return drawn


KINDS: dict[str, Draw] = {
    "independent": normal,
    "AR(1) 0.5": autoregressive(0.5),
    "AR(1) 0.9": autoregressive(0.9),
    "Student's t, 3 degrees": students_t,
    "Student's t, AR(1) 0.5": autoregressive(0.5, students_t),
    "outliers": outliers,
    "lognormal": lognormal,
    "bimodal, independent": bimodal(0.0),
    "bimodal, 1 round in 5": bimodal(0.0, 0.2),
    "bimodal, sticky 0.5": bimodal(0.5),
    "bimodal, sticky 0.8": bimodal(0.8),
}


def covered(kind: str, count: int, simulations: int = SIMULATIONS) -> Coverage:
    """Simulate so many series of `count` rounds and hold their intervals against the truth."""
    made = [mean_interval(one) for one in KINDS[kind](np.random.default_rng(SEED), (simulations, count))]
    printed = [interval for interval in made if interval.carried]
    return Coverage(simulations, len(printed), sum(not interval.excludes(0.0) for interval in printed))


def main(simulations: int) -> None:
    """Print the table of coverage and of the share of *too few rounds*."""
    print(f"{simulations} simulations each; coverage of the intervals that are printed (share of too few rounds)")
    print(f"{'':26}" + "".join(f"{f'{count} rounds':>20}" for count in COUNTS))
    for kind in KINDS:
        cells = (covered(kind, count, simulations) for count in COUNTS)
        print(f"{kind:26}" + "".join(f"{_cell(one):>20}" for one in cells), flush=True)


def _cell(one: Coverage) -> str:
    return (f"{one.share * 100:.1f} %" if one.printed else "–") + f" ({one.too_few * 100:.1f} %)"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIMULATIONS)
