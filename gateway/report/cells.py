"""What stands in a table's cell: a case's figure, a scenario's load, a speed-up, a verdict. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.verdict import INCONCLUSIVE, KEEP_GO, PROCESS
from gateway.report.quantities import count, duration, percent, ratio, significant, size
from gateway.report.subjects import PRICED

if TYPE_CHECKING:
    from gateway.bench.intervals import Interval
    from gateway.bench.plan import Scenario
    from gateway.bench.summary import CaseSummary
    from gateway.bench.verdict import Verdict

_WIDE = 0.15


def figure(case: CaseSummary) -> str:
    """What decides about a case: `48.2 µs`, or with several callers `58.3 k/s`."""
    return f"{count(case.throughput_per_s)}/s" if case.case.scenario.by_throughput else duration(case.p50_ns)


def load(scenario: Scenario) -> str:
    """`4 KiB`, `4 KiB ×16`, `4 KiB 2,000/s`, `~180 B mix`, `4 KiB 0.5 CPU`."""
    payload = f"~{size(scenario.size_bytes)} mix" if scenario.mix else size(scenario.size_bytes)
    callers = f" ×{scenario.callers}" if scenario.callers > 1 and not scenario.rate_per_s else ""
    rate = f" {scenario.rate_per_s:,.0f}/s" if scenario.rate_per_s else ""
    quota = f" {scenario.quota_cpus:g} CPU" if scenario.quota_cpus else ""
    return f"{payload}{callers}{rate}{quota}"


def times(interval: Interval) -> str:
    """A speed-up with half its interval: `3.7× ±1.2 %`, or with its ends where it is wide."""
    if interval.low is None or interval.high is None or interval.half_width is None:
        return f"{ratio(interval.estimate)} (too few rounds)"
    share = interval.half_width / interval.estimate
    if share > _WIDE:
        return f"{ratio(interval.estimate)} ({ratio(interval.low)} to {ratio(interval.high)})"
    return f"{ratio(interval.estimate)} ±{percent(share)}"


def near_one(interval: Interval) -> str:
    """A ratio that may be close to 1, with its ends: `1.03× (1.01 to 1.05)`."""
    if interval.low is None or interval.high is None:
        return f"{significant(interval.estimate)}× (too few rounds)"
    return f"{significant(interval.estimate)}× ({significant(interval.low)} to {significant(interval.high)})"


def verdict(one: Verdict, distrust: str) -> str:
    """`inproc · with isolation: process`; an inconclusive one says why, unless all are so for the run's `distrust`."""
    if one.scenario.kernel in PRICED:
        return f"– ({PRICED[one.scenario.kernel]})"
    if one.fastest == INCONCLUSIVE:
        return INCONCLUSIVE if one.why == distrust else f"{INCONCLUSIVE}: {one.why}"
    if one.with_isolation == one.fastest:
        return one.fastest
    return f"{one.fastest} · with isolation: {one.with_isolation}"


def by_cpu(one: Verdict) -> str:
    """What the verdict would be by CPU, where it would be another."""
    return one.cpu if one.cpu not in (one.fastest, INCONCLUSIVE) and one.fastest in (KEEP_GO, PROCESS, "inproc") else ""
