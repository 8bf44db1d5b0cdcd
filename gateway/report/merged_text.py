"""The ending of a merge on a terminal. Pure: merged runs in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.merge import DISAGREE
from gateway.bench.record import REPORT
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import cells, merged_cells

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.merge import Merged, MergedScenario

_HEADER = ["kernel", "size", "Rust in-process", "Rust sidecar", "verdict"]


def ending(merged: Merged, folder: Path) -> str:
    """Return the whole ending: how many machines, the table, where they differ, what to know, where to read on."""
    parts = [
        _head(merged),
        _table(merged),
        _where_they_differ(merged),
        "\n".join(merged.notes),
        f"report  {folder / REPORT}",
    ]
    return "\n\n".join(part for part in parts if part)


def _head(merged: Merged) -> str:
    runs = sum(len(one.runs) for one in merged.machines)
    counted = "" if len(merged.counted) == len(merged.machines) else f" ({len(merged.counted)} count)"
    facts = [
        f"{len(merged.machines)} machine{'s' * (len(merged.machines) != 1)}{counted}",
        f"{runs} runs of plan {merged.plan.name}",
        f"seed {merged.plan.seed}",
        "speed-ups are of the best Go, over machines",
    ]
    return " · ".join(facts)


def _table(merged: Merged) -> str:
    rows = [_HEADER, *(_row(one) for one in merged.scenarios)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(one: MergedScenario) -> list[str]:
    isolated = merged_cells.isolated(one)
    verdict = merged_cells.verdict(one) + (f" · with isolation: {isolated}" if isolated else "")
    routes = [merged_cells.over(one.best(placement)) for placement in (INPROC, PROCESS)]
    return [one.scenario.kernel, cells.load(one.scenario), *routes, verdict]


def _where_they_differ(merged: Merged) -> str:
    """Name the scenarios on which machines disagree; a report of several machines that do not say so hides it."""
    disagreeing = [one for one in merged.scenarios if one.fastest.agreement == DISAGREE and not one.priced]
    if not disagreeing:
        return "no two machines that are sure say different things" if len(merged.counted) > 1 else ""
    return "\n".join(f"machines disagree on {one.scenario.name}: {merged_cells.who(one)}" for one in disagreeing)
