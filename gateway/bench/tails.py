"""How the slow calls of a route compare with the best Go's: the ratio of their p99, with an interval. Pure.

One round has too few calls for a p99. So neighbouring rounds are pooled into five batches, whose p99s make five ratios
(batch means: Schmeiser 1982, Operations Research 30(3)).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from gateway.bench import histogram
from gateway.bench.intervals import Interval
from gateway.bench.rounds import OFF
from gateway.bench.verdict import PLACEMENTS, best

if TYPE_CHECKING:
    from gateway.bench.folder import Run
    from gateway.bench.intervals import Series
    from gateway.bench.policy import Policy
    from gateway.bench.summary import CaseSummary, Summary
    from gateway.bench.tables import Blocks

SHARE = 0.99
_BATCHES = 5


def ratios(run: Run, summary: Summary, policy: Policy) -> dict[int, Interval]:
    """Return p99 over the best Go's of the cases that a verdict may name, by index; none without a tail bound."""
    if not policy.tail_bound:
        return {}
    found: dict[int, Interval] = {}
    for scenario in summary.scenarios:
        chosen = [case for placement in PLACEMENTS if (case := best(scenario, placement, policy))]
        if scenario.best_go is not None:
            go = _p99s(run.blocks, scenario.best_go, summary.rounds)
            found |= {case.index: _ratio(_p99s(run.blocks, case, summary.rounds), go) for case in chosen}
    return found


def _p99s(blocks: Blocks, case: CaseSummary, rounds: int) -> Series:
    """Return the p99 of each batch of rounds, ns; NaN where its calls do not carry one or were timed many at once."""
    mine = (blocks.case == case.index) & (blocks.mode == OFF)
    batches = blocks.round * _BATCHES // max(1, rounds)
    parts = [np.flatnonzero(mine & (batches == one)) for one in range(_BATCHES)]
    return np.array([_p99(blocks, part) if case.batch == 1 else math.nan for part in parts])


def _p99(blocks: Blocks, part: np.ndarray) -> float:
    values, counts = histogram.merge([blocks.histogram(block) for block in part.tolist()])
    return histogram.percentile(values, counts, SHARE) if histogram.carries(int(counts.sum()), SHARE) else math.nan


def _ratio(own: Series, go: Series) -> Interval:
    """Return the geometric mean of the batches' ratios with its interval by Student's t."""
    logs = np.log(own) - np.log(go)
    if not np.isfinite(logs).all():
        return Interval(math.nan, None, None, 0, 0.0, 0.0)
    half = float(stdtrit(_BATCHES - 1, 0.975)) * float(logs.std(ddof=1)) / math.sqrt(_BATCHES)
    centre = float(logs.mean())
    ends = math.exp(centre - half), math.exp(centre + half)
    return Interval(math.exp(centre), *ends, _BATCHES, 0.0, float(_BATCHES))
