"""A ranked profile as text, and as plain values for JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.bench.verdict import INPROC, PROCESS
from gateway.estimate.symbol import ALLOCATION, IO, WAITING
from gateway.report.quantities import count, duration, percent, significant

if TYPE_CHECKING:
    from gateway.estimate.profile_run import Profiled
    from gateway.estimate.ranking import Ranked

FORMAT = 1
FEW_SAMPLES = 100
_COLUMNS = {INPROC: "in process under", PROCESS: "sidecar under"}
_NAMES = {INPROC: "in process", PROCESS: "sidecar"}
_BACKGROUND = {IO: "I/O", ALLOCATION: "allocation and garbage collection", WAITING: "waiting"}


def text(profiled: Profiled) -> str:
    """Return the whole text: the profile, the candidates, the others with their reasons, what comes next."""
    parts = [_head(profiled), _candidates(profiled), _others(profiled), _next(profiled)]
    return "\n\n".join(part for part in parts if part)


def _head(profiled: Profiled) -> str:
    profile = profiled.profile
    cores = profile.cpu_ns / profiled.duration_ns
    facts = [
        f"{profile.name}   {profiled.duration_ns / 1e9:.0f} s",
        f"{profile.samples:,} samples",
        f"{significant(cores)} cores busy",
    ]
    if profile.samples < FEW_SAMPLES:
        facts.append("few: shares are rough, take a longer profile")
    boundary = " · ".join(f"{_NAMES[name]} {duration(one)}" for name, one in profiled.boundary_ns.items())
    shares = " · ".join(f"{name} {percent(profiled.background[kind], 0)}" for kind, name in _BACKGROUND.items())
    return "\n".join(
        [
            " · ".join(facts),
            f"boundary   {boundary} ({profiled.boundary_origin})",
            f"nothing for Rust   {shares} of the CPU time",
        ]
    )


def _candidates(profiled: Profiled) -> str:
    if not profiled.candidates:
        return (
            "no candidate: no function of yours computes for more than 1 % of the time without I/O, waiting, allocating"
        )
    placements = [one for one in _COLUMNS if one in profiled.boundary_ns]
    header = ["candidate", "share", "itself", "calls/s", "a call", *(_COLUMNS[one] for one in placements)]
    rows = [_row(one.ranked, placements) for one in profiled.candidates]
    note = (
        "share: with all that it calls. A placement can pay only under so many calls a second, however fast the Rust;\n"
        "a CPU profile counts none: give yours by --calls-per-second FUNC=N. It knows no bytes either."
    )
    return f"{_aligned([header, *rows])}\n{note}"


def _row(one: Ranked, placements: list[str]) -> list[str]:
    rate = count(one.calls_per_s) if one.calls_per_s else "unknown"
    call = duration(one.call_ns) if one.call_ns else "unknown"
    limits = [f"{count(one.pays_under_per_s[placement])}/s{_met(one, placement)}" for placement in placements]
    return [str(one.function), percent(one.cumulative), percent(one.flat), rate, call, *limits]


def _met(one: Ranked, placement: str) -> str:
    if not one.calls_per_s:
        return ""
    return ": could" if one.calls_per_s < one.pays_under_per_s[placement] else ": cannot"


def _others(profiled: Profiled) -> str:
    rows = [[str(one.function), percent(one.cumulative), one.why_not] for one in profiled.others]
    return _aligned([["no candidate", "share", "why"], *rows]) if rows else ""


def _next(profiled: Profiled) -> str:
    name = profiled.profile.name
    ready = [
        f"gateway estimate {one.reference} --input FILE --cpuprofile {name}"
        for one in profiled.candidates
        if one.reference
    ]
    not_yet = [f"{one.ranked.function}: {one.problem}" for one in profiled.candidates if one.problem]
    lines = [f"{'estimate' if not index else '':<11}{line}" for index, line in enumerate(ready)]
    lines += [f"{'not as is' if not index else '':<11}{line}" for index, line in enumerate(not_yet)]
    return "\n".join(lines)


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def to_json(profiled: Profiled) -> dict[str, Any]:
    """Return plain values: times in ns, shares of the profile's CPU time, rates a second."""
    return {
        "format": FORMAT,
        "profile": profiled.profile.name,
        "duration_ns": profiled.duration_ns,
        "cpu_ns": profiled.profile.cpu_ns,
        "samples": profiled.profile.samples,
        "minimum_gain": profiled.minimum_gain,
        "boundary_ns": dict(profiled.boundary_ns),
        "boundary_origin": profiled.boundary_origin,
        "spent": profiled.background,
        "candidates": [
            {**_plain(one.ranked), "estimate": one.reference or None, "problem": one.problem or None}
            for one in profiled.candidates
        ],
        "no_candidates": [_plain(one) for one in profiled.others],
    }


def _plain(one: Ranked) -> dict[str, Any]:
    return {**asdict(one), "function": str(one.function), "payoff": one.payoff, "call_ns": one.call_ns, "bytes": None}
