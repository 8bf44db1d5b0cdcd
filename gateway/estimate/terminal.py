"""An estimate as text, short enough to paste into a chat. Pure: estimate in, text out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench.policy import CPU
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report.quantities import duration, percent, ratio, signed_percent, significant, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.intervals import Interval
    from gateway.bench.speedup import Needed
    from gateway.estimate.estimate import Estimate
    from gateway.estimate.payoff import Payoff, Way

PLAIN_GRPC = "grpc-uds/protobuf"
NEVER = "never"
_LABEL_WIDTH = 23
_HEADER = ["size", "your Go", "it allocates", "in process", "Rust must be", "sidecar", "Rust must be"]


def ending(estimate: Estimate) -> str:
    """Return the whole text: whether to trust it, a line a size, what follows, what comes next."""
    return "\n\n".join([_head(estimate), _table(estimate), _facts(estimate)])


def _head(estimate: Estimate) -> str:
    asked = estimate.asked
    sizes = f"{len(estimate.payoffs)} size{'s' if len(estimate.payoffs) > 1 else ''}"
    facts = [f"{asked.input_name}, {size(asked.input_bytes)}", sizes, f"{estimate.rounds} rounds"]
    facts += [f"{estimate.took_s:.0f} s", f"seed {asked.seed}"]
    return "\n".join(
        [
            f"{asked.title}   {asked.declaration}",
            " · ".join(facts),
            f"can this be trusted?   {' · '.join(_trust(estimate))}",
        ]
    )


def _trust(estimate: Estimate) -> list[str]:
    worst_go = max((_error(one.go) for one in estimate.payoffs), default=math.nan)
    worst_boundary = max((_error(way.boundary) for one in estimate.payoffs for way in one.ways), default=math.nan)
    if estimate.distrust:
        return [f"no: {estimate.distrust}; stop other programs, and again"]
    half = estimate.control.half_width or 0.0
    control = f"A/A: no difference ({signed_percent(estimate.control.estimate - 1)} ±{half * 100:.1f})"
    return [control, f"your Go ±{percent(worst_go)}", f"boundary ±{percent(worst_boundary)}"]


def _error(interval: Interval) -> float:
    return interval.half_width / interval.estimate if interval.half_width is not None else math.nan


def _table(estimate: Estimate) -> str:
    rows = [_HEADER, *(_row(one) for one in estimate.payoffs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(one: Payoff) -> list[str]:
    answered = one.answered
    name = f"{answered.name} ({size(answered.request_bytes)})" if answered.is_mix else answered.name
    return [name, duration(one.go.estimate), _allocated(one), *_cells(one, INPROC), *_cells(one, PROCESS)]


def _allocated(one: Payoff) -> str:
    if one.objects < 0.5:
        return "nothing"
    return f"{significant(one.objects, 2)} × {size(one.allocated_bytes / one.objects)}"


def _cells(one: Payoff, placement: str) -> list[str]:
    way = one.best(placement)
    return [duration(way.boundary.estimate), needed(way.needed)] if way else ["–", "not measured"]


def needed(one: Needed) -> str:
    """Format a needed speed-up with its interval: `2.3× (2.1–2.6)`, `never`, `never, or over 12×`."""
    if math.isinf(one.estimate):
        return f"{NEVER}, or over {ratio(one.low)}" if math.isfinite(one.low) else NEVER
    if math.isnan(one.low):
        return f"{ratio(one.estimate)} (no interval)"
    high = NEVER if math.isinf(one.high) else significant(one.high, 2)
    return f"{ratio(one.estimate)} ({significant(one.low, 2)}–{high})"


def _facts(estimate: Estimate) -> str:
    lines = []
    for label, tell in _FACTS.items():
        told = [text for text in tell(estimate) if text]
        lines += [f"{label if not index else '':<{_LABEL_WIDTH}}{text}" for index, text in enumerate(told)]
    return "\n".join(lines)


def _must_be(estimate: Estimate) -> list[str]:
    policy = estimate.policy
    gain = significant(1 + policy.minimum_gain, 2)
    return [
        f"so many times as fast as your Go, for a call that is {gain} times as fast with its boundary",
        "your gateway.toml requires isolation: in process is no choice" if policy.isolation else "",
        "your gateway.toml asks for CPU: an estimate is of time alone" if policy.objective == CPU else "",
    ]


def _endpoint(estimate: Estimate) -> list[str]:
    if not estimate.share:
        return ["unknown without --share 0.38 or --cpuprofile cpu.pprof"]
    one = _largest(estimate)
    ways = [(name, one.best(placement)) for placement, name in ((INPROC, "in process"), (PROCESS, "as a sidecar"))]
    told = [f"{_ceiling(way)} {name}" for name, way in ways if way and way.ceiling]
    share = f"share {percent(estimate.share.value, 0)} {estimate.share.origin}"
    return [f"{share}: at best {', '.join(told)} at {one.answered.name}, by a Rust that takes no time"]


def _ceiling(way: Way) -> str:
    one = way.ceiling
    if one is None:
        return "–"
    interval = "" if math.isnan(one.low) else f" ({one.low:.2f}–{one.high:.2f})"
    return f"{one.estimate:.2f}×{interval}"


def _no_use_below(estimate: Estimate) -> list[str]:
    one = estimate.payoffs[0]
    ways = [
        ("in process", one.best(INPROC)),
        ("as a sidecar", one.best(PROCESS)),
        ("by plain gRPC", one.by(PLAIN_GRPC)),
    ]
    told = [f"{duration(way.pays_from_ns)} {name}" for name, way in ways if way]
    return [f"{' · '.join(told)}: a Go call that takes less can't pay, however fast the Rust"] if told else []


def _collection(estimate: Estimate) -> list[str]:
    one = _largest(estimate)
    if one.objects < 0.5:
        return ["it allocates nothing: no part of it would leave the garbage collector"]
    spent = percent(one.collector_share)
    return [f"takes {spent} of a call's time beside it ({one.answered.name}); what the Rust allocates it does not see"]


def _likely(estimate: Estimate) -> list[str]:
    told = " · ".join(f"{one.kernel} {ratio(one.speed_up)}" for one in estimate.yardsticks)
    return [f"your Rust's speed is unknown; ours beside the best Go, measured just now: {told}" if told else ""]


def _not_in_it(estimate: Estimate) -> list[str]:
    answered = [one.answered for one in estimate.payoffs]
    left_out = sum(one.left_out for one in answered)
    return [
        "encoding of a typed message · cold caches · your service's larger heap · several callers at once",
        f"{left_out} pieces that the function does not take" if left_out else "",
        "the function changes its input: each call got a copy, in its time"
        if any(o.changes_input for o in answered)
        else "",
        f"not measured here: {', '.join(estimate.missing)}" if estimate.missing else "",
    ]


def _next(estimate: Estimate) -> list[str]:
    return [f"gateway new NAME --go {estimate.asked.reference} --input {estimate.asked.input_name}"]


def _largest(estimate: Estimate) -> Payoff:
    return max(estimate.payoffs, key=lambda one: one.answered.request_bytes)


_FACTS: dict[str, Callable[[Estimate], list[str]]] = {
    "Rust must be": _must_be,
    "the whole endpoint": _endpoint,
    "no use below": _no_use_below,
    "garbage collection": _collection,
    "is that likely?": _likely,
    "not in it": _not_in_it,
    "next": _next,
}
