"""Whole HTTP requests through the Go service by route, and what a light endpoint beside them feels. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes, rows
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import count, duration, percent, ratio, tick_duration
from gateway.wire.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.bystander import Bystander
    from gateway.bench.findings import Findings
    from gateway.bench.journeys import Journey


def draw(findings: Findings) -> list[Chart]:
    """Return latency by route, and the bystander alone beside under load."""
    measured = [one for one in findings.journeys if one.requests]
    watched = [(one, one.bystander) for one in measured if one.bystander]
    return [*([_latency(measured)] if measured else []), *([_bystander(watched)] if watched else [])]


def _latency(measured: Sequence[Journey]) -> Chart:
    made = rows.rows([one.route for one in measured], axes.WIDE, right=120, row=30)
    times = [time for one in measured for time in _quantiles(one).values()]
    axes.log_decades(made.xaxis, min(times) / 1.3, max(times) * 1.3, tick_duration)
    axes.name_x(made, "a whole request, from its intended start")
    tips: dict[str, str] = {}
    for row, one in enumerate(measured):
        role, quantiles = _role(one), _quantiles(one)
        made.plot(
            [min(quantiles.values()), max(quantiles.values())], [row] * 2, color=LIGHT[role], linewidth=2, alpha=0.5
        )
        for name, time in quantiles.items():
            gid = f"journey{row}-{name}"
            rows.dot(made, time, row, role, gid)
            tips[gid] = f"{one.route}: {name} {duration(time)}, {count(one.requests)} requests, {one.failures} failed"
            made.text(time, row - 0.3, name, ha="center", va="bottom", fontsize=9, color=LIGHT["soft"])
        told = f"GC {percent(one.gc_cpu_share)} of CPU"
        axes.direct(
            made, 1.02, row, told, LIGHT["soft"], transform=made.get_yaxis_transform(), va="center", fontweight="normal"
        )
    return Chart("journeys", "Requests by route", made.figure, _says(measured), tips)  # type: ignore[arg-type]


def _bystander(watched: Sequence[tuple[Journey, Bystander]]) -> Chart:
    made = rows.rows([one.route for one, _ in watched], axes.WIDE, right=120, row=30)
    times = [time for _, there in watched for time in (there.alone_p50_ns, _slow(there), _slow_alone(there))]
    axes.log_decades(made.xaxis, min(times) / 1.3, max(times) * 1.3, tick_duration)
    axes.name_x(made, "p99 of a light endpoint, alone and under load")
    tips: dict[str, str] = {}
    for row, (one, there) in enumerate(watched):
        colour, alone, loaded = LIGHT[_role(one)], _slow_alone(there), _slow(there)
        made.plot([alone, loaded], [row] * 2, color=colour, linewidth=2.4, alpha=0.5)
        made.plot([alone], [row], "o", color=LIGHT["card"], markeredgecolor=colour, markeredgewidth=1.6, markersize=7)
        rows.dot(made, loaded, row, _role(one), f"bystander{row}")
        told = f"{ratio(loaded / alone)} as long"
        axes.direct(
            made, 1.02, row, told, LIGHT["soft"], transform=made.get_yaxis_transform(), va="center", fontweight="normal"
        )
        tips[f"bystander{row}"] = f"{one.route}: p99 {duration(alone)} alone, {duration(loaded)} under load"
    return Chart("bystander", "The bystander", made.figure, _says_bystander(watched), tips)  # type: ignore[arg-type]


def _quantiles(one: Journey) -> dict[str, float]:
    times = {"p50": one.p50_ns, "p99": one.p99_ns, "p99.9": one.p999_ns}
    return {name: time for name, time in times.items() if time is not None and time > 0}


def _slow(there: Bystander) -> float:
    return there.p99_ns if there.p99_ns is not None else there.p50_ns


def _slow_alone(there: Bystander) -> float:
    return there.alone_p99_ns if there.alone_p99_ns is not None else there.alone_p50_ns


def _role(one: Journey) -> str:
    return PLACEMENTS[ROUTES.get(one.route, "reference")]


def _says(measured: Sequence[Journey]) -> str:
    best = min(measured, key=lambda one: one.p50_ns)
    calm = min(measured, key=lambda one: one.deviation_ns)
    rate = f"At {count(best.rate_per_s)} requests a second"
    head = f"{rate} {best.route} answers fastest (p50 {duration(best.p50_ns)})"
    return f"{head} and {calm.route} varies least (standard deviation {duration(calm.deviation_ns)})."


def _says_bystander(watched: Sequence[tuple[Journey, Bystander]]) -> str:
    worst, there = max(watched, key=lambda one: _slow(one[1]) / _slow_alone(one[1]))
    least, calm = min(watched, key=lambda one: _slow(one[1]) / _slow_alone(one[1]))
    head = f"Others wait most beside {worst.route} ({duration(_slow_alone(there))} → {duration(_slow(there))})"
    if least is worst:
        return f"{head}."
    return f"{head}, least beside {least.route} ({duration(_slow_alone(calm))} → {duration(_slow(calm))})."


CHAPTER = Chapter(
    "journeys",
    "What do whole requests and their neighbours feel?",
    "HTTP requests arrive at random at a set rate, a mix of kernels and payloads, once by each route. The bystander "
    "is an endpoint of the same service that has nothing to do with the kernels: hollow alone, filled beside them.",
    draw,
    ("journeys.parquet", "summary.json"),
    missing="--journey",
    wide=True,
)
