"""The A/A control: one case measured twice in every round, so each round's ratio should be 1. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.report import axes
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT
from gateway.report.quantities import signed_percent
from gateway.report.trust import control

if TYPE_CHECKING:
    from gateway.bench.findings import Findings


def draw(findings: Findings) -> list[Chart]:
    """Return a dot a round beside the interval of their mean."""
    shares = [one - 1 for one in findings.summary.control_rounds]
    if not any(math.isfinite(one) for one in shares):
        return []
    made = axes.axes(axes.WIDE, 220, 56, 96)
    most = _reach(shares)
    made.set_ylim(-most, most)
    made.set_xlim(0, len(shares) + 1)
    axes.linear(made.yaxis, lambda value: signed_percent(value, 0 if most > 0.04 else 1) if value else "0 %")
    made.axhline(0, color=LIGHT["soft"], linewidth=1)
    _interval(made, findings)
    inside = [min(max(one, -most), most) for one in shares]
    made.plot(range(1, len(shares) + 1), inside, "o", clip_on=False, color=LIGHT["accent"], markersize=4.5, alpha=0.75)
    axes.name_x(made, "round")
    says = f"{findings.summary.control_name}, measured twice in every round: {control(findings)}. {_sure(findings)}"
    return [Chart("control", "A/A control", made.figure, says)]  # type: ignore[arg-type]


def _reach(shares: list[float]) -> float:
    """Return how far the axis reaches: to all but a stray tenth of the rounds, which are drawn at its edge."""
    sizes = sorted(abs(one) for one in shares if math.isfinite(one))
    usual = sizes[math.ceil(0.9 * len(sizes)) - 1]
    return max(0.01, 1.2 * min(sizes[-1], 2 * usual))


def _interval(made: axes.Axes, findings: Findings) -> None:
    found = findings.summary.control
    if found.low is None or found.high is None:
        return
    made.axhspan(found.low - 1, found.high - 1, color=LIGHT["accent"], alpha=0.16, linewidth=0)
    axes.names_at_right(made, [("mean, 95 %", found.estimate - 1, LIGHT["accent"])])


def _sure(findings: Findings) -> str:
    found = findings.summary.control
    effective = f"{found.effective_rounds:.0f} effective of {found.rounds} rounds"
    return f"Lag-1 autocorrelation {found.autocorrelation:.2f}, {effective}."


CHAPTER = Chapter(
    "control",
    "Does the run find a difference where there is none?",
    "A dot is a round: the second measurement of the same case beside its first. The band is the interval of their "
    "mean, by the same method as every other interval here; it should hold zero.",
    draw,
    ("blocks.parquet", "summary.json"),
    wide=True,
)
