"""What a kernel needs at a number of requests a second: cores, and what they cost a month. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.verdict import INPROC, PROCESS, best

if TYPE_CHECKING:
    from gateway.bench.plan import Scenario
    from gateway.bench.policy import Policy
    from gateway.bench.summary import CaseSummary, Summary

GO_NOW, BETTER_GO, IN_PROCESS, SIDECAR = "Go now", "better Go", "in process", "sidecar"
WAYS = (GO_NOW, BETTER_GO, IN_PROCESS, SIDECAR)


@dataclass(frozen=True, slots=True)
class AtRate:
    """CPU time a call of every process involved, ns, by way; None for a way that was not measured.

    Linear in the rate: no way gets cheaper by load, and headroom is the reader's to add.
    """

    scenario: Scenario
    cpu_ns: dict[str, float | None]

    def cores(self, rate_per_s: float) -> dict[str, float | None]:
        """Return the cores that are busy at so many requests a second, by way."""
        return {way: None if cpu is None else cpu * rate_per_s / 1e9 for way, cpu in self.cpu_ns.items()}

    def cost(self, rate_per_s: float, policy: Policy) -> dict[str, float | None]:
        """Return the price of those cores for a month in the policy's currency, by way; None without a price."""
        price = policy.per_core_month
        busy = self.cores(rate_per_s)
        return {way: cores * price if cores is not None and price else None for way, cores in busy.items()}


def rates(summary: Summary, policy: Policy) -> tuple[AtRate, ...]:
    """Return what each scenario with a Go twin needs, in the order of the plan."""
    found = []
    for one in summary.scenarios:
        original = one.by_route("native/original")
        ways = {
            GO_NOW: original if original and original.comparable else one.best_go,
            BETTER_GO: one.best_go,
            IN_PROCESS: best(one, INPROC, policy),
            SIDECAR: best(one, PROCESS, policy),
        }
        if one.best_go is not None:
            found.append(AtRate(one.scenario, {way: _cpu_ns(case) for way, case in ways.items()}))
    return tuple(found)


def _cpu_ns(case: CaseSummary | None) -> float | None:
    return case.cpu_ns if case is not None and math.isfinite(case.cpu_ns) else None
