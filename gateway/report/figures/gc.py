"""What the garbage collector takes of the Go process, with the kernel in Go and outside of it. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.report import axes, rows, subjects
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import PLACEMENTS
from gateway.report.quantities import count, duration, percent, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary

_OFFSETS = {"native": -0.2, "inproc": 0.0, "process": 0.2}
"""So that equal figures do not hide each other."""
_Row = tuple[str, list["CaseSummary"]]


def draw(findings: Findings) -> list[Chart]:
    """Return GC's share of the CPU and what a call allocates, a row a kernel at its typical payload."""
    scenarios = subjects.typical_scenarios(findings)
    found = [(one.scenario.name, [case for case in subjects.shown(one) if case.calls]) for one in scenarios]
    read = [(name, cases) for name, cases in found if cases]
    collected = [(name, seen) for name, cases in read if (seen := [case for case in cases if _is_collected(case)])]
    return [*([_share(collected)] if collected else []), *([_allocated(read)] if read else [])]


def _is_collected(case: CaseSummary) -> bool:
    return case.resources.gc_cycles_per_s > 0 and math.isfinite(case.resources.gc_cpu_share)


def _share(read: list[_Row]) -> Chart:
    most = max(case.resources.gc_cpu_share for _, cases in read for case in cases)
    made, tips = _dots(read, lambda case: case.resources.gc_cpu_share * 100, max(1.0, most * 105), _tip)
    axes.linear(made.xaxis, lambda value: f"{value:g} %")
    axes.name_x(made, "share of the Go process's CPU")
    worst_name, worst = max(
        ((name, case) for name, cases in read for case in cases), key=lambda one: one[1].resources.gc_cpu_share
    )
    pause = max((case.resources.gc_pause_max_ns for _, cases in read for case in cases), default=0.0)
    says = (
        f"Most for {worst_name} by {worst.case.route}: {percent(worst.resources.gc_cpu_share)} of the CPU, "
        f"{count(worst.resources.gc_cycles_per_s)} cycles a second. The longest pause of all was {duration(pause)}."
    )
    return Chart("gc-share", "GC's share of CPU", made.figure, says, tips)  # type: ignore[arg-type]


def _allocated(read: list[_Row]) -> Chart:
    held = [case.resources.allocated_bytes for _, cases in read for case in cases]
    made, tips = _dots(read, lambda case: max(1.0, case.resources.allocated_bytes), 0.0, _tip)
    axes.log_sizes(made.xaxis, 0.5, max(4.0, *held) * 3, size)
    axes.name_x(made, "Go memory allocated a call")
    most_name, most = max(
        ((name, case) for name, cases in read for case in cases), key=lambda one: one[1].resources.allocated_bytes
    )
    says = (
        f"Most for {most_name} by {most.case.route}: {size(most.resources.allocated_bytes)} "
        f"in {most.resources.allocated_objects:,.1f} objects a call."
    )
    return Chart("gc-allocated", "What Go allocates", made.figure, says, tips)  # type: ignore[arg-type]


def _dots(
    read: list[_Row], figure: Callable[[CaseSummary], float], most: float, tell: Callable[[CaseSummary], str]
) -> tuple[rows.Axes, dict[str, str]]:
    made, tips = rows.rows([name for name, _ in read]), {}
    if most:
        made.set_xlim(-0.04 * most, most)
    for row, (_, cases) in enumerate(read):
        for index, case in enumerate(cases):
            value, gid = figure(case), f"gc{row}-{index}"
            if math.isfinite(value):
                rows.dot(made, value, row + _OFFSETS[case.case.placement], PLACEMENTS[case.case.placement], gid)
                tips[gid] = tell(case)
    return made, tips


def _tip(case: CaseSummary) -> str:
    used = case.resources
    allocated = f"{size(used.allocated_bytes)} in {used.allocated_objects:,.1f} objects a call"
    pause = f"longest pause {duration(used.gc_pause_max_ns)}"
    cycles = f"{percent(used.gc_cpu_share)} of CPU, {count(used.gc_cycles_per_s)} cycles/s"
    return f"{case.case.name}: {cycles}, {pause}, {allocated}"


CHAPTER = Chapter(
    "gc",
    "What does the garbage collector take?",
    "In the Go process, by where the kernel runs: a circle is Go, a square in process, a triangle a sidecar. The "
    "share is the runtime's own estimate and counts idle marking too.",
    draw,
    ("blocks.parquet", "summary.json"),
)
