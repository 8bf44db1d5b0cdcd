"""Whether measuring can be believed: how often it sees a difference where none is, and one that was planted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.stats import binomtest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.bench.intervals import Interval

NOMINAL = 0.05
FEWEST_FALSE, MOST_FALSE = 0.01, 0.10
"""Shares of trials in which an interval at the nominal 5 % may exclude the truth: with less it is too wide."""
LEAST_FOUND = 0.90
ENOUGH_TRIALS = 100
_MOST_DISTURBED = 0.5

HOLDS, FAILS, CANNOT_TELL = "holds", "does not hold", "can't tell"


@dataclass(frozen=True, slots=True)
class Trial:
    """One short run of a route: the ratio of a case to itself, and of the case with planted work to the case.

    `disturbed` says that other work of the machine took more than a round of a bench may lose.
    """

    route: str
    control: Interval
    planted: Interval
    disturbed: bool

    @property
    def carried(self) -> bool:
        """Whether the rounds carry both intervals."""
        return self.control.carried and self.planted.carried

    @property
    def false_alarm(self) -> bool:
        """Whether the case seems to differ from itself."""
        return self.control.excludes(1.0)

    @property
    def found(self) -> bool:
        """Whether the planted work is seen, as a slowing down."""
        return self.planted.low is not None and self.planted.low > 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many trials; `low` and `high` are the exact 95 % interval (Clopper and Pearson 1934)."""

    count: int
    trials: int
    low: float
    high: float

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Rate:
        """Count outcomes."""
        all_of_them = list(outcomes)
        count, trials = sum(all_of_them), len(all_of_them)
        if not trials:
            return cls(0, 0, 0.0, 1.0)
        interval = binomtest(count, trials).proportion_ci(method="exact")
        return cls(count, trials, float(interval.low), float(interval.high))

    @property
    def share(self) -> float:
        """The rate; NaN without a trial."""
        return self.count / self.trials if self.trials else float("nan")


@dataclass(frozen=True, slots=True)
class Rates:
    """What the trials of a route, or all of them, gave; rates are of those whose rounds carry intervals."""

    route: str
    trials: int
    too_few: int
    disturbed: int
    false_alarms: Rate
    found: Rate

    @classmethod
    def of(cls, route: str, trials: list[Trial]) -> Rates:
        """Count the trials of a route."""
        carried = [trial for trial in trials if trial.carried]
        return cls(
            route=route,
            trials=len(trials),
            too_few=len(trials) - len(carried),
            disturbed=sum(trial.disturbed for trial in trials),
            false_alarms=Rate.of(trial.false_alarm for trial in carried),
            found=Rate.of(trial.found for trial in carried),
        )


def by_route(trials: list[Trial]) -> list[Rates]:
    """Return the rates of each route, in the order of their first trials."""
    routes = dict.fromkeys(trial.route for trial in trials)
    return [Rates.of(route, [trial for trial in trials if trial.route == route]) for route in routes]


def judge(rates: Rates) -> tuple[str, str]:
    """Return HOLDS, FAILS or CANNOT_TELL, and why.

    A hundred trials are judged by their rates; fewer can only fail, where even the interval of a rate is out of bounds.
    """
    false, found = rates.false_alarms, rates.found
    enough = rates.trials >= ENOUGH_TRIALS and rates.too_few <= rates.trials * (1 - LEAST_FOUND)
    complaint = _complaint((false.share, false.share), (found.share, found.share))
    if not enough:
        complaint = _complaint((false.low, false.high), (found.low, found.high)) if false.trials else ""
    if complaint and rates.disturbed > _MOST_DISTURBED * rates.trials:
        return CANNOT_TELL, f"{complaint}, but other work disturbed {rates.disturbed} of {rates.trials} trials"
    if complaint:
        return FAILS, complaint
    if not enough:
        return CANNOT_TELL, f"{rates.trials - rates.too_few} trials with intervals are too few to judge by"
    return HOLDS, "both rates are within their bounds"


def _complaint(false: tuple[float, float], found: tuple[float, float]) -> str:
    """Return what is out of bounds for certain, where rates lie between two values each; empty when nothing is."""
    if false[0] > MOST_FALSE:
        return f"more than {MOST_FALSE:.0%} of the trials see a difference where none is: the intervals are too narrow"
    if false[1] < FEWEST_FALSE:
        return f"less than {FEWEST_FALSE:.0%} see a difference where none is: the intervals are too wide"
    return f"less than {LEAST_FOUND:.0%} find the planted work" if found[1] < LEAST_FOUND else ""
