"""The report of a run: one HTML file that needs nothing else. Pure: findings in, text out."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jinja2

from gateway import __version__
from gateway.bench.manifest import COMPLETE, DIFFERS
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import quantities, sentences
from gateway.report.latency import latency
from gateway.report.regions import regions
from gateway.report.terminal import typical_call
from gateway.report.waterfalls import trace, waterfall
from gateway.wire.lists_generated import ATTRIBUTE_KERNEL, ATTRIBUTE_ROUTE
from gateway.wire.routes import ROUTES

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary, ScenarioSummary

GREEN, RED, GREY = "green", "red", "grey"
DEFAULT_RATE = 1_000


@dataclass(frozen=True, slots=True)
class Light:
    """One of the four lights: its colour, what it stands for, and what was found."""

    colour: str
    name: str
    text: str


def page(findings: Findings) -> str:
    """Return the whole report."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        duration=quantities.duration,
        size=quantities.size,
        ratio=quantities.ratio,
        percent=quantities.percent,
        count=quantities.count,
        cores=quantities.cores,
        times=sentences.times,
        figure=sentences.figure,
    )
    return environment.get_template("report.html").render(context(findings))


def context(findings: Findings) -> dict[str, Any]:
    """Return all that the template shows."""
    told = lights(findings)
    return {
        "findings": findings,
        "manifest": findings.manifest,
        "plan": findings.manifest.plan,
        "summary": findings.summary,
        "version": __version__,
        "headline": sentences.headline(findings),
        "greyed": _greyed(findings, told),
        "lights": told,
        **_pictures(findings),
        "flips": {kernel: flips for kernel in sentences.decided(findings) if (flips := findings.kernel_flips(kernel))},
        "not_measured": sentences.not_measured(findings),
        "rate": DEFAULT_RATE,
        "rate_rows": [row for one in findings.summary.scenarios if (row := _rate_row(one))],
        "rows": [_row(case, one) for one in findings.summary.scenarios for case in one.cases],
        "verdict_rows": list(zip(findings.summary.scenarios, findings.verdicts, strict=True)),
        "again": shlex.join(findings.manifest.again),
        "INPROC": INPROC,
        "PROCESS": PROCESS,
    }


def lights(findings: Findings) -> list[Light]:
    """Return the four lights of the first screen."""
    summary, manifest = findings.summary, findings.manifest
    honest = summary.control.carried and not summary.control.excludes(1.0)
    same = all(one != DIFFERS for one in manifest.agreement)
    return [
        Light(GREEN if honest else RED, "A/A control", sentences.control(summary)),
        Light(_rounds_colour(findings), "rounds", sentences.disturbed(summary)),
        Light(GREEN if same else RED, "bytes", sentences.agreement(findings)),
        Light(_go_test_colour(findings), "go test", sentences.go_test(findings)),
    ]


def _go_test_colour(findings: Findings) -> str:
    difference = findings.manifest.go_test.get("difference")
    return GREY if difference is None else GREEN if abs(difference) <= sentences.AGREES_WITHIN else RED


def _rounds_colour(findings: Findings) -> str:
    return RED if "rounds were disturbed" in findings.distrust else GREEN


def _greyed(findings: Findings, told: list[Light]) -> str:
    """Return why the headline is not to be relied on; empty when it is."""
    if findings.manifest.state != COMPLETE:
        return f"interrupted: {findings.summary.rounds} of {findings.manifest.plan.rounds} rounds were measured"
    return findings.distrust or next((f"{one.name}: {one.text}" for one in told if one.colour == RED), "")


def _pictures(findings: Findings) -> dict[str, Any]:
    gain, kernels = findings.manifest.plan.minimum_gain, sentences.decided(findings)
    colours = {route: index for index, route in enumerate(ROUTES)}
    scenarios = findings.summary.scenarios
    typical = typical_call(findings)
    return {
        "typical": typical.case.scenario.name if typical else "",
        "regions": [one for kernel in kernels if (one := regions(kernel, findings.speed_ups, gain))],
        "latencies": [one for scenario in scenarios if (one := latency(scenario, colours))],
        "waterfalls": [one for scenario in scenarios if (one := waterfall(scenario))],
        "traces": _traces(findings),
    }


def _traces(findings: Findings) -> list[Any]:
    """Return the traces of the kernel whose calls show best where time goes, slowest placement last."""
    typical = typical_call(findings)
    kernel = typical.case.scenario.kernel if typical else findings.kernels[-1]
    mine = [spans for spans in findings.traces.values() if spans[0].attributes.get(ATTRIBUTE_KERNEL) == kernel]
    remote = [one for one in mine if ROUTES.get(str(one[0].attributes.get(ATTRIBUTE_ROUTE))) == PROCESS]
    return [drawn for spans in remote if (drawn := trace(spans))]


def _rate_row(scenario: ScenarioSummary) -> dict[str, Any] | None:
    """Return the CPU a call of each way, µs, for the box that multiplies it by a rate."""
    one = scenario.scenario
    if one.kernel in sentences.PRICED or one.callers > 1 or scenario.best_go is None:
        return None
    original = scenario.by_route("native/original")
    ways = {"Go now": original or scenario.best_go, "better Go": scenario.best_go}
    ways |= {"in process": scenario.best(INPROC), "sidecar": scenario.best(PROCESS)}
    return {"name": one.name, "cpu_us": {name: _cpu_us(case) for name, case in ways.items()}}


def _cpu_us(case: CaseSummary | None) -> float | None:
    return case.cpu_ns / 1e3 if case else None


def _row(case: CaseSummary, scenario: ScenarioSummary) -> dict[str, Any]:
    """Return a line of the table of all cases."""
    shown = {name: case.percentiles_ns.get(name) for name in ("p90", "p99")}
    return {
        "case": case,
        "percentiles": shown,
        "differs": case.agreement == DIFFERS,
        "reference": case is scenario.best_go,
    }
