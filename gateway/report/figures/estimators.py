"""What the boundary costs, by three estimators that share no sample. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes, rows
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import duration, percent, size, tick_duration
from gateway.wire.routes import ROUTES

if TYPE_CHECKING:
    from gateway.bench.estimators import BoundaryEstimate
    from gateway.bench.findings import Findings
    from gateway.bench.intervals import Interval

_OFFSETS = {"null kernel": -0.22, "receipt": 0.0, "fit": 0.22}


def draw(findings: Findings) -> list[Chart]:
    """Return the three estimates of each route and payload."""
    found = findings.summary.estimates
    if not found:
        return []
    made = rows.rows([f"{one.route} {size(one.size_bytes)}" for one in found], axes.WIDE, right=96, row=36)
    values = [part.estimate for one in found for part in _parts(one).values()]
    axes.log_decades(made.xaxis, max(1.0, min(values)) / 1.4, max(values) * 1.4, tick_duration)
    axes.name_x(made, "cost of the boundary, a call")
    tips: dict[str, str] = {}
    for row, one in enumerate(found):
        tips |= _row(made, row, one)
    return [Chart("estimators", "Three estimators", made.figure, _says(found), tips)]  # type: ignore[arg-type]


def _parts(one: BoundaryEstimate) -> dict[str, Interval]:
    return {"null kernel": one.null_ns, "receipt": one.receipt_ns, "fit": one.fit_ns}


def _row(made: axes.Axes, row: int, one: BoundaryEstimate) -> dict[str, str]:
    tips = {}
    role = PLACEMENTS[ROUTES.get(one.route, "reference")]
    for name, part in _parts(one).items():
        gid = f"estimate{row}-{name.split()[0]}"
        rows.dot(made, part.estimate, row + _OFFSETS[name], role, gid, rows.ends_of(part))
        tips[gid] = f"{one.route} {size(one.size_bytes)}, {name}: {duration(part.estimate)}"
    colour = LIGHT["soft"] if one.agrees else LIGHT["bad"]
    told = f"spread {percent(one.spread, 0)}"
    axes.direct(made, 1.02, row, told, colour, transform=made.get_yaxis_transform(), va="center", fontweight="normal")
    return tips


def _says(found: tuple[BoundaryEstimate, ...]) -> str:
    agreeing = sum(one.agrees for one in found)
    worst = max(found, key=lambda one: one.spread)
    head = f"{agreeing} of {len(found)} agree within 10 %"
    return f"{head}; the widest spread is {percent(worst.spread, 0)}, {worst.route} at {size(worst.size_bytes)}."


CHAPTER = Chapter(
    "estimators",
    "Do three ways to price the boundary agree?",
    "In each row from above: echo less its compute, stamped calls less the compute of their receipt, and a fit T = a "
    "+ b·bytes + k·compute. They share no sample, so their spread is the error bar.",
    draw,
    ("blocks.parquet", "samples.parquet", "summary.json"),
    missing="--kernel echo --kernel spin",
    wide=True,
)
