"""A profile's functions by what a move to Rust could give, and those that cannot move with the reason. Pure.

A CPU profile knows no calls. A function that takes c cores and is called R times a second takes c/R a call; crossing
pays, however fast the Rust, only where that is more than p = boundary · (1 + gain), so only under c/p calls a second.
That rate is what the ranking tells; where the rate of calls is known it says yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.estimate.symbol import ALLOCATION, IO, WAITING
from gateway.estimate.tally import Tally, tallies, work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.estimate.cpu_profile import CpuProfile
    from gateway.estimate.symbol import Symbol

LEAST_SHARE = 0.01
"""Functions below are not ranked: Amdahl leaves no more than that to gain."""
MOST = {IO: 0.05, WAITING: 0.2, ALLOCATION: 0.5}
"""A function that spends a larger share of its own time so is no candidate."""
ALL_BUT_NOISE, BESIDE = 0.95, 0.1
_WHY = {
    IO: "I/O, and a kernel has none",
    WAITING: "waiting for locks, channels or the scheduler",
    ALLOCATION: "allocation: first allocate less in Go",
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """One function; shares are of the profile's CPU time, `spent` of the function's own by kind of work.

    `cores` is its CPU time over wall time. `calls_per_s` is None where nobody told. `pays_under_per_s` is the rate up
    to which a placement could pay. `why_not` is empty for a candidate.
    """

    function: Symbol
    cumulative: float
    flat: float
    spent: dict[str, float]
    cores: float
    calls_per_s: float | None
    pays_under_per_s: dict[str, float]
    why_not: str

    @property
    def payoff(self) -> float:
        """The share of all CPU time that would leave Go with it: without what is I/O or waiting."""
        return self.cumulative * (1 - self.spent[IO] - self.spent[WAITING])

    @property
    def call_ns(self) -> float | None:
        """CPU time of a call, where the rate of calls is known."""
        return self.cores / self.calls_per_s * 1e9 if self.calls_per_s else None


def rank(
    profile: CpuProfile, duration_ns: int, pays_from_ns: Mapping[str, float], calls_per_s: Mapping[Symbol, float]
) -> tuple[Ranked, ...]:
    """Return every function outside of the runtime with a share worth a word, candidates first, by payoff.

    `duration_ns` is the wall time of the profile, `pays_from_ns` the least call time a placement.
    """
    total_ns, counted = profile.cpu_ns, tallies(profile)
    around = {function: _around(function, counted) for function in counted}
    found = [
        _ranked(function, one, total_ns, duration_ns, pays_from_ns, calls_per_s.get(function), around[function])
        for function, one in counted.items()
        if one.cumulative_ns >= LEAST_SHARE * total_ns and not _is_frame_of_others(function, one)
    ]
    return tuple(sorted(found, key=_order))


def background(profile: CpuProfile) -> dict[str, float]:
    """Return the shares of the whole CPU time that are I/O, waiting, and allocation with garbage collection."""
    spent = dict.fromkeys(MOST, 0)
    for stack in profile.stacks:
        if kind := work(stack.frames):
            spent[kind] += stack.cpu_ns
    return {kind: value / profile.cpu_ns for kind, value in spent.items()}


def _is_frame_of_others(function: Symbol, tally: Tally) -> bool:
    """Whether it is Go's own around a program: the runtime, what calls handlers and tests, what does its I/O."""
    if function.is_runtime or not function.is_standard:
        return function.is_runtime
    return tally.caller is None or 2 * tally.work_ns.get("", 0) < tally.cumulative_ns


def _order(one: Ranked) -> tuple[bool, float, float]:
    return bool(one.why_not), -(one.cumulative if one.why_not else one.payoff), -one.flat


def _ranked(
    function: Symbol,
    tally: Tally,
    total_ns: int,
    duration_ns: int,
    pays_from_ns: Mapping[str, float],
    calls_per_s: float | None,
    around: Symbol | None,
) -> Ranked:
    cores = tally.cumulative_ns / duration_ns
    spent = {kind: tally.work_ns.get(kind, 0) / tally.cumulative_ns for kind in MOST}
    under = {placement: cores * 1e9 / least for placement, least in pays_from_ns.items()}
    return Ranked(
        function=function,
        cumulative=tally.cumulative_ns / total_ns,
        flat=tally.flat_ns / total_ns,
        spent=spent,
        cores=cores,
        calls_per_s=calls_per_s,
        pays_under_per_s=under,
        why_not=_why_not(function, tally, spent, calls_per_s, under, around),
    )


def _around(function: Symbol, counted: Mapping[Symbol, Tally]) -> Symbol | None:
    """Return the function of whose loop this one seems a piece: inlined, calling nothing, beside work of its own."""
    one = counted[function]
    if one.into is None or one.leaf_ns < ALL_BUT_NOISE * one.cumulative_ns:
        return None
    return one.into if counted[one.into].flat_ns >= BESIDE * one.cumulative_ns else None


def _why_not(
    function: Symbol,
    tally: Tally,
    spent: Mapping[str, float],
    calls_per_s: float | None,
    under: Mapping[str, float],
    around: Symbol | None,
) -> str:
    """Return why a function cannot move; empty when it may."""
    kinds = [f"{_WHY[kind]} ({spent[kind]:.0%} of its time)" for kind, most in MOST.items() if spent[kind] > most]
    if kinds:
        return kinds[0]
    if function.is_standard:
        return f"standard library, called by {tally.caller}" if tally.caller else "standard library"
    if calls_per_s and under and calls_per_s >= max(under.values()):
        return f"tiny calls: {calls_per_s:,.0f} a second"
    if around and not calls_per_s:
        return f"tiny calls, it seems: inlined into {around}"
    return "the whole program" if str(function) == "main.main" else ""
