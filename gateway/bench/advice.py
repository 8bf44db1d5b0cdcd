"""What would change a verdict, as far as the run can tell: payload, speed-up, callers, rate, isolation, CPU. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench import breakeven
from gateway.bench.policy import CPU
from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO, PLACEMENTS, PROCESS, Verdict
from gateway.report.quantities import count, ratio, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.breakeven import BreakEven, KernelBreakEven
    from gateway.bench.knee import Sweep
    from gateway.bench.speedup import SpeedUp


def flips(
    verdict: Verdict,
    found: Sequence[KernelBreakEven],
    needed: Sequence[SpeedUp],
    others: Sequence[Verdict] = (),
    sweeps: Sequence[Sweep] = (),
) -> list[str]:
    """Return what would change a verdict; nothing for an inconclusive one.

    `others` are the run's verdicts, of which those on the same kernel and payload under another load count.
    """
    if not verdict.conclusive:
        return []
    return [
        *_by_payload(verdict, found),
        *_by_load(verdict, others),
        *_by_rate(verdict, sweeps),
        *_by_isolation(verdict),
        *_by_speed(verdict, needed),
        *_by_cpu(verdict),
    ]


def kernel_flips(
    verdicts: Sequence[Verdict],
    found: Sequence[KernelBreakEven],
    needed: Sequence[SpeedUp],
    sweeps: Sequence[Sweep] = (),
) -> list[str]:
    """Return what would change the verdicts of one kernel, the payloads taken together."""
    told = [one for one in verdicts if one.conclusive]
    if not told:
        return []
    point = next((one.pays for one in found if _is_main(one, told[0].scenario.kernel)), None)
    payload = [f"payloads on the other side of {_at(point)}"] if point and point.kind == breakeven.FROM else []
    loads = [text for one in told if _is_plain(one) for text in (*_by_load(one, told), *_by_rate(one, sweeps))]
    isolation = ["crash isolation required"] if any(_by_isolation(one) for one in told) else []
    bars = [bar for one in told if one.fastest == KEEP_GO for bar in _bars(one, needed)]
    speed = [_speed_sentence(*min(bars))] if bars else []
    return list(dict.fromkeys([*payload, *loads, *isolation, *speed]))


def _by_payload(verdict: Verdict, found: Sequence[KernelBreakEven]) -> list[str]:
    """Return the payloads from which the placement that was chosen no longer pays, or another begins to."""
    told = []
    for placement in PLACEMENTS:
        chosen = placement in (verdict.fastest, verdict.with_isolation)
        points = [one.pays for one in found if _is(one, verdict.scenario.kernel, placement)]
        sides = {breakeven.FROM: ("over", "under"), breakeven.UNTIL: ("under", "over")}
        told += [
            f"payloads {sides[one.kind][chosen]} {_at(one)}{_for(placement)}" for one in points if one.kind in sides
        ]
    return told


def _for(placement: str) -> str:
    return " (the sidecar)" if placement == PROCESS else " (in process)"


def _at(point: BreakEven) -> str:
    """Return `4.8 KiB (4.5 KiB to 5.1 KiB)`, or that it lies beyond what was measured."""
    if not point.measured:
        return f"{size(point.size_bytes)} (beyond what was measured)"
    if math.isnan(point.low_bytes) or not math.isfinite(point.high_bytes):
        return size(point.size_bytes)
    low, high = size(point.low_bytes), size(point.high_bytes)
    return size(point.size_bytes) if low == high else f"{size(point.size_bytes)} ({low} to {high})"


def _by_load(verdict: Verdict, others: Sequence[Verdict]) -> list[str]:
    """Return the callers or the rate at which the same kernel and payload has another verdict."""
    one = verdict.scenario
    same = [
        other for other in others if (other.scenario.kernel, other.scenario.size_bytes) == (one.kernel, one.size_bytes)
    ]
    moved = [other for other in same if other.conclusive and _word(other) != _word(verdict)]
    return [f"{_load(other)} at {size(one.size_bytes)}: then {_word(other)}" for other in moved if _load(other)]


def _word(verdict: Verdict) -> str:
    return verdict.headline or verdict.fastest


def _load(verdict: Verdict) -> str:
    one = verdict.scenario
    if one.rate_per_s:
        return f"{count(one.rate_per_s)} calls a second"
    if one.quota_cpus:
        return f"a quota of {one.quota_cpus:g} CPU"
    return f"{one.callers} callers" if one.callers > 1 else ""


def _by_rate(verdict: Verdict, sweeps: Sequence[Sweep]) -> list[str]:
    """Return the highest rate that the chosen route carried within the sweep's bound."""
    one = verdict.scenario
    mine = [
        each
        for each in sweeps
        if (each.kernel, each.size_bytes, each.route) == (one.kernel, one.size_bytes, verdict.route)
    ]
    return [f"more than {count(each.highest_per_s)} calls a second" for each in mine if each.highest_per_s]


def _by_isolation(verdict: Verdict) -> list[str]:
    if verdict.fastest == INPROC and verdict.with_isolation != INCONCLUSIVE:
        return [f"crash isolation required: then {verdict.with_isolation}"]
    return []


def _by_speed(verdict: Verdict, needed: Sequence[SpeedUp]) -> list[str]:
    """Return the Rust speed-up from which a kept Go would move, or under which a move would no longer pay."""
    if verdict.fastest == KEEP_GO:
        return [_speed_sentence(*bar) for bar in _bars(verdict, needed)]
    bars = ((one.needed.get(verdict.fastest), one.measured) for one in _of(verdict, needed))
    return [
        f"a Rust under {ratio(bar.estimate)} as fast as the Go (it is {ratio(measured)})"
        for bar, measured in bars
        if bar and bar.estimate < measured
    ]


def _by_cpu(verdict: Verdict) -> list[str]:
    """Return what CPU says where it says something else."""
    if verdict.objective == CPU or verdict.cpu in (INCONCLUSIVE, verdict.fastest):
        return []
    return [f"CPU counting more than time: then {verdict.cpu}"]


def _bars(verdict: Verdict, needed: Sequence[SpeedUp]) -> list[tuple[float, float]]:
    """Return (needed, measured) speed-ups of the scenario, where Rust falls short of what crossing in process needs."""
    mine = [(one.needed[INPROC].estimate, one.measured) for one in _of(verdict, needed) if INPROC in one.needed]
    return [(bar, measured) for bar, measured in mine if measured < bar < math.inf]


def _of(verdict: Verdict, needed: Sequence[SpeedUp]) -> list[SpeedUp]:
    here = (verdict.scenario.kernel, verdict.scenario.size_bytes)
    return [one for one in needed if (one.kernel, one.size_bytes) == here and _is_plain(verdict)]


def _is_plain(verdict: Verdict) -> bool:
    return breakeven.plain(verdict.scenario)


def _is_main(one: KernelBreakEven, kernel: str) -> bool:
    return _is(one, kernel, PROCESS)


def _is(one: KernelBreakEven, kernel: str, placement: str) -> bool:
    return (one.kernel, one.placement, one.against, one.objective) == (kernel, placement, "native", breakeven.TIME)


def _speed_sentence(needed: float, measured: float) -> str:
    return f"a Rust {ratio(needed)} as fast as the Go (it is {ratio(measured)})"
