"""When a case is warm: short blocks of it until the last five agree and show no trend. Pure.

The rule is that of Georges, Buytaert and Eeckhout, Statistically Rigorous Java Performance Evaluation, OOPSLA 2007,
section 4.2: steady is where the coefficient of variation of the last k iterations falls under a threshold. To it comes
that they may not all have been faster than the one before: a slow descent passes any threshold (Kalibera and Jones,
Rigorous Benchmarking in Reasonable Time, ISMM 2013, on why an independent state must be looked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, stdev
from typing import Any

WINDOW = 5
MAX_VARIATION = 0.05
MOST_BLOCKS = 12


@dataclass(slots=True)
class WarmUp:
    """The warm-up of one case so far: a time a call, ns, of each block, and how long all took."""

    times_ns: list[float] = field(default_factory=list)
    took_ns: int = 0

    def add(self, time_ns: float, took_ns: int) -> None:
        """Note a block."""
        self.times_ns.append(time_ns)
        self.took_ns += took_ns

    @property
    def steady(self) -> bool:
        """Whether the last blocks agree within 5 % (their standard deviation over their mean) and do not all fall."""
        last = self.times_ns[-WINDOW:]
        if len(last) < WINDOW or min(last) <= 0:
            return False
        falling = all(later < earlier for earlier, later in pairwise(last))
        return stdev(last) <= MAX_VARIATION * fmean(last) and not falling

    @property
    def ended(self) -> bool:
        """Whether it is over: steady, or at the most blocks that it may take."""
        return self.steady or len(self.times_ns) >= MOST_BLOCKS

    def note(self, case: int) -> dict[str, Any]:
        """Return what run.json says of it."""
        return {"case": case, "blocks": len(self.times_ns), "ns": self.took_ns, "steady": self.steady}
