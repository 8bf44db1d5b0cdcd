"""When a child that died is started again, and when no more. Pure: the caller brings times and randomness."""

from collections.abc import Callable
from dataclasses import dataclass, field

BASE_S = 0.1
CAP_S = 5.0
HEALTHY_S = 5.0
"""Alive so long after ready, a child counts as healthy: the next death starts from zero."""
QUICK_DEATH_S = 2.0
CRASH_LOOP_DEATHS = 5


def full_jitter_s(attempt: int, uniform: Callable[[float, float], float]) -> float:
    """Seconds before restart number `attempt` (from 0): none, then anywhere up to a bound that doubles.

    The formula is "full jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    return 0.0 if attempt == 0 else uniform(0.0, min(CAP_S, BASE_S * 2 ** (attempt - 1)))


@dataclass
class Restarts:
    """The deaths of one child so far."""

    uniform: Callable[[float, float], float]
    attempt: int = field(default=0, init=False)
    quick_deaths: int = field(default=0, init=False)

    def after_death(self, ready_for_s: float | None) -> float | None:
        """Seconds to wait before the next start, None for a crash loop.

        `ready_for_s` is how long the child lived after it was ready, None for one that never was.
        """
        lived = ready_for_s or 0.0
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_DEATH_S else 0
        if self.quick_deaths >= CRASH_LOOP_DEATHS:
            return None
        if lived >= HEALTHY_S:
            self.attempt = 0
        delay = full_jitter_s(self.attempt, self.uniform)
        self.attempt += 1
        return delay
