"""What others feel of a kernel's load: a light endpoint of the same service, alone and beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bystander:
    """The latency of an endpoint that has nothing to do with the kernels, from the intended start, ns.

    `alone_…` is from just before each loaded stretch, with no other request in the service. p50 and p99 are medians
    over rounds, p99.9 is of all rounds' requests together; None where the requests do not carry it. A chart pairs alone
    and loaded, a pair a route, on a logarithmic axis: the wider the gap, the more a kernel there costs everybody else.
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
