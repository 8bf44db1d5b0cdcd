"""What tracing itself costs a call: each mode beside off. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.rounds import SAMPLED, STAMPS, UNSAMPLED
from gateway.report import axes, rows
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import duration, signed_percent, tick_duration

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary

MODES = (STAMPS, UNSAMPLED, SAMPLED)
_MOST_CASES = 8


def draw(findings: Findings) -> list[Chart]:
    """Return the price of the cases that were measured in most modes."""
    cases = [case for one in findings.summary.scenarios for case in one.cases if case.tracing_ns]
    modes = max((len(case.tracing_ns) for case in cases), default=0)
    priced = [case for case in cases if len(case.tracing_ns) == modes][:_MOST_CASES]
    return [_chart(priced)] if priced else []


def _chart(priced: list[CaseSummary]) -> Chart:
    pairs = [(case, mode) for case in priced for mode in MODES if mode in case.tracing_ns]
    made = rows.rows([f"{case.case.route} {mode}" for case, mode in pairs], axes.WIDE, right=130)
    ends = [rows.ends_of(case.tracing_ns[mode]) or (case.tracing_ns[mode].estimate,) for case, mode in pairs]
    low, high = min(0.0, *(min(one) for one in ends)), max(0.0, *(max(one) for one in ends))
    made.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    made.axvline(0, color=LIGHT["soft"], linewidth=1)
    axes.linear(made.xaxis, tick_duration)
    axes.name_x(made, "a call takes so much more than with tracing off")
    tips: dict[str, str] = {}
    for row, (case, mode) in enumerate(pairs):
        more, share = case.tracing_ns[mode], case.tracing[mode]
        rows.dot(made, more.estimate, row, PLACEMENTS[case.case.placement], f"price{row}", rows.ends_of(more))
        told = f"{duration(more.estimate).replace('-', '−')} ({signed_percent(share.estimate - 1)})"
        axes.direct(
            made, 1.02, row, told, LIGHT["soft"], transform=made.get_yaxis_transform(), va="center", fontweight="normal"
        )
        tips[f"price{row}"] = f"{case.case.name}, {mode}: {told} more than off"
    return Chart("tracing", _title(priced), made.figure, _says(priced), tips)  # type: ignore[arg-type]


def _title(priced: list[CaseSummary]) -> str:
    return ", ".join(dict.fromkeys(case.case.scenario.name for case in priced))


def _says(priced: list[CaseSummary]) -> str:
    dearest, mode = max(
        ((case, mode) for case in priced for mode in case.tracing_ns),
        key=lambda one: one[0].tracing_ns[one[1]].estimate,
    )
    found = dearest.tracing_ns[mode]
    if found.low is not None and found.low <= 0:
        return "No mode takes surely longer than off in this run. Headline figures are from off."
    sure = "" if found.carried else ", too few rounds for an interval"
    head = f"Dearest is {mode} on {dearest.case.route}: {duration(found.estimate)} a call more{sure}"
    return f"{head}. Headline figures are from off."


CHAPTER = Chapter(
    "tracing",
    "What does tracing itself cost?",
    "Each mode beside off, within rounds, with 95 % intervals: stamps are clock reads on the way, unsampled carries a "
    "trace context that nobody records, sampled exports every span.",
    draw,
    ("blocks.parquet", "summary.json"),
    missing="--kernel redact",
    wide=True,
)
