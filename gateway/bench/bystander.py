"""What others feel of a kernel's load: a light endpoint of the same service, alone and beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.bench import repeats


@dataclass(frozen=True, slots=True)
class Bystander:
    """The latency of an endpoint that has nothing to do with the kernels, from the intended start, ns.

    `alone_…` is from just before each loaded stretch, with no other request in the service. Percentiles are as
    `repeats.percentile` has them. A chart pairs alone and loaded, a pair a route, on a logarithmic axis: the wider the
    gap, the more a kernel there costs everybody else.
    """

    rate_per_s: float
    requests: int
    p50_ns: float
    p99_ns: float | None
    p999_ns: float | None
    alone_p50_ns: float
    alone_p99_ns: float | None
    alone_p999_ns: float | None = None
    failures: int = 0


def conclude(loaded: list[dict[str, Any]], alone: list[dict[str, Any]]) -> Bystander | None:
    """Return what the bystander's rows of all rounds say; None without any answer in either."""
    beside, before = [repeats.times_of(row) for row in loaded], [repeats.times_of(row) for row in alone]
    p50, alone_p50 = repeats.percentile(beside, 0.5), repeats.percentile(before, 0.5)
    if p50 is None or alone_p50 is None:
        return None
    return Bystander(
        rate_per_s=loaded[0]["rate_per_s"],
        requests=sum(row["requests"] for row in loaded),
        p50_ns=p50,
        p99_ns=repeats.percentile(beside, 0.99),
        p999_ns=repeats.percentile(beside, 0.999),
        alone_p50_ns=alone_p50,
        alone_p99_ns=repeats.percentile(before, 0.99),
        alone_p999_ns=repeats.percentile(before, 0.999),
        failures=sum(row["due"] - row["requests"] for row in loaded),
    )
