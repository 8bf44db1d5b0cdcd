"""A comparison of two runs as text for a terminal, and as Markdown for a pull request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.compare import CANNOT_TELL, FASTER, RATIOS, SAME, SLOWER
from gateway.report.quantities import duration, percent, signed_percent, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.compare import Compared, Comparison

_OUTCOMES = (SLOWER, FASTER, SAME, CANNOT_TELL)
_SHOWN = 3


def text(comparison: Comparison, notes: Sequence[str]) -> str:
    """Return the table with aligned columns, then how many cases ended how."""
    rows = [_header(comparison), *(_row(comparison, one) for one in comparison.cases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", *_sentences(comparison, notes)])


def markdown(comparison: Comparison, notes: Sequence[str]) -> str:
    """Return the same as a table of Markdown, the count of outcomes first."""
    header, *rows = _header(comparison), *(_row(comparison, one) for one in comparison.cases)
    table = [_line(header), _line(["---"] * len(header)), *(_line(_emphasised(row)) for row in rows)]
    count, *rest = _sentences(comparison, notes)
    return "\n".join([f"**{count}**", "", *table, "", *(f"- {sentence}" for sentence in rest)]).rstrip()


def _header(comparison: Comparison) -> list[str]:
    if comparison.basis == RATIOS:
        return ["case", "before", "after", "change", "95 %", "outcome", "over"]
    return ["case", "before", "after", "change", "95 %", "outcome"]


def _row(comparison: Comparison, one: Compared) -> list[str]:
    figure = _ratio if comparison.basis == RATIOS else duration
    change = one.change
    limits = "–"
    if change.low is not None and change.high is not None:
        limits = f"{signed_percent(change.low - 1)} … {signed_percent(change.high - 1)}"
    cells = [one.case.name, figure(one.before), figure(one.after), signed_percent(change.estimate - 1), limits]
    outcome = f"{one.outcome}: {one.why}" if one.why and one.why != comparison.distrust else one.outcome
    return [*cells, outcome, one.yardstick or "–"] if comparison.basis == RATIOS else [*cells, outcome]


def _ratio(value: float) -> str:
    """Format a ratio to a yardstick with three digits, however small: a change of a per cent shall be seen."""
    return f"{significant(value)}×"


def _sentences(comparison: Comparison, notes: Sequence[str]) -> list[str]:
    counted = [f"{comparison.count(outcome)} {outcome}" for outcome in _OUTCOMES if comparison.count(outcome)]
    threshold = f"same is within ±{percent(comparison.threshold)}"
    return [
        f"{' · '.join(counted) or 'no case in common'} ({threshold})",
        *([f"nobody can tell: {comparison.distrust}"] if comparison.distrust else []),
        *_named("only before", comparison.missing),
        *_named("only after", comparison.added),
        *notes,
    ]


def _named(label: str, names: Sequence[str]) -> list[str]:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{label}: {', '.join(names[:_SHOWN])}{more}"] if names else []


def _emphasised(row: list[str]) -> list[str]:
    return [f"**{cell}**" if cell in (SLOWER, FASTER) else cell for cell in row]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
