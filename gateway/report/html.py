"""The report of a run: one HTML file that needs nothing else. Pure: findings in, text out."""

from __future__ import annotations

import base64
import gzip
import json
import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.bench.findings import to_json
from gateway.bench.manifest import DIFFERS
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import cells, facts, figures, headline, palette, quantities, stack, subjects, svg, trust
from gateway.report.names import anchor
from gateway.report.template import filled
from gateway.report.waterfalls import trace, waterfall
from gateway.wire.lists_generated import ATTRIBUTE_KERNEL, ATTRIBUTE_ROUTE
from gateway.wire.routes import ROUTES

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.rates import AtRate
    from gateway.bench.summary import CaseSummary, ScenarioSummary
    from gateway.report.chart import Chapter, Chart

DEFAULT_RATE = 1_000
_TABLES = ("blocks.parquet", "samples.parquet")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as the page has it: SVG text, what it says, and the command that draws it again."""

    name: str
    title: str
    says: str
    drawing: str
    command: str


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter as the page has it; without pictures `measure` is the command that would bring their data."""

    chapter: Chapter
    pictures: tuple[Picture, ...]
    measure: str = ""


def page(findings: Findings) -> str:
    """Return the whole report."""
    return filled("report.html", _FILTERS, context(findings))


def context(findings: Findings) -> dict[str, Any]:
    """Return all that the template shows."""
    manifest = findings.manifest
    sections = [_section(one, findings) for one in figures.CHAPTERS]
    return {
        "findings": findings,
        "manifest": manifest,
        "plan": manifest.plan,
        "policy": findings.policy,
        "summary": findings.summary,
        "version": __version__,
        "colours": {"light": palette.css(palette.LIGHT), "dark": palette.css(palette.DARK)},
        **_first_screen(findings),
        "sections": [one for one in sections if one.pictures],
        "absent": [one for one in sections if not one.pictures],
        **_waterfalls(findings),
        "verdict_rows": list(zip(findings.summary.scenarios, findings.verdicts, strict=True)),
        "rows": [_row(case, one) for one in findings.summary.scenarios for case in one.cases],
        "references": [_row(case, None) for case in (*findings.summary.composed, *findings.summary.references)],
        "machine_facts": _flat(manifest.machine),
        "build_facts": _flat(manifest.facts),
        "stack_facts": _flat({key: value for key, value in manifest.target.items() if key != "addresses"}),
        "stack_lines": stack.unfair(findings),
        "data": _embedded(findings),
        "tables": [*_TABLES, *(name for name in manifest.files if name not in _TABLES)],
        "again": shlex.join(manifest.again),
        "INPROC": INPROC,
        "PROCESS": PROCESS,
    }


def _first_screen(findings: Findings) -> dict[str, Any]:
    kernels = subjects.decided(findings)
    return {
        "headline": headline.headline(findings),
        "doubt": trust.doubt(findings),
        "lights": trust.lights(findings),
        "regions": _section(figures.REGIONS, findings),
        "flips": {kernel: flips for kernel in kernels if (flips := findings.kernel_flips(kernel))},
        "not_measured": facts.not_measured(findings),
        "not_reached": facts.not_reached(findings),
        "rate": DEFAULT_RATE,
        "rates": sorted(
            filter(_is_rated, findings.rates),
            key=lambda one: (kernels.index(one.scenario.kernel), one.scenario.size_bytes),
        ),
    }


def _is_rated(one: AtRate) -> bool:
    return one.scenario.kernel not in subjects.PRICED and one.scenario.alone


def _section(chapter: Chapter, findings: Findings) -> Section:
    charts = chapter.draw(findings)
    again = findings.manifest.again
    measure = shlex.join(again[:2]) + f" {chapter.missing}" if chapter.missing and not charts else ""
    return Section(chapter, tuple(_picture(one, chapter, findings) for one in charts), measure)


def _picture(chart: Chart, chapter: Chapter, findings: Findings) -> Picture:
    command = shlex.join(["gateway", "report", str(findings.folder), "--figures", "figures", "--only", chapter.name])
    return Picture(chart.name, chart.title, chart.says, svg.inline(chart), command)


def _waterfalls(findings: Findings) -> dict[str, Any]:
    typical = subjects.typical_call(findings)
    return {
        "typical": typical.case.scenario.name if typical else "",
        "waterfalls": [drawn for one in findings.summary.scenarios if (drawn := waterfall(one))],
        "traces": _traces(findings, typical),
    }


def _traces(findings: Findings, typical: CaseSummary | None) -> list[Any]:
    """Return the traces of the kernel whose calls show best where time goes."""
    kernel = typical.case.scenario.kernel if typical else findings.kernels[-1]
    mine = [spans for spans in findings.traces.values() if spans[0].attributes.get(ATTRIBUTE_KERNEL) == kernel]
    crossing = [one for one in mine if ROUTES.get(str(one[0].attributes.get(ATTRIBUTE_ROUTE))) in (INPROC, PROCESS)]
    return [drawn for spans in crossing if (drawn := trace(spans))]


def _row(case: CaseSummary, scenario: ScenarioSummary | None) -> dict[str, Any]:
    """Return a line of the table of all cases."""
    return {
        "case": case,
        "role": "reference" if case.case.is_reference else palette.PLACEMENTS[case.case.placement],
        "percentiles": [case.percentiles_ns.get(name) for name in ("p90", "p99", "p99.9")],
        "differs": case.agreement == DIFFERS,
        "baseline": scenario is not None and case is scenario.best_go,
        "compared": scenario is not None,
        "apart": "container" if case.case.target else "reference",
    }


def _flat(content: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested facts as one level: `driver, flags` → value; what is empty is left out."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        name = f"{before}, {key}" if before else str(key)
        found |= _flat(value, name) if isinstance(value, dict) else {name: value}
    return {name: value for name, value in found.items() if value not in (None, "", [], ())}


def _embedded(findings: Findings) -> str:
    """Return summary.json as the address of a download, packed, so that the file that stands alone has its data."""
    content = json.dumps(to_json(findings), separators=(",", ":"), allow_nan=False).encode()
    return "data:application/gzip;base64," + base64.b64encode(gzip.compress(content, mtime=0)).decode()


def _known(value: float | None) -> bool:
    """Whether there is a number to show."""
    return value is not None and math.isfinite(value)


_FILTERS = {
    "duration": quantities.duration,
    "size": quantities.size,
    "ratio": quantities.ratio,
    "percent": quantities.percent,
    "count": quantities.count,
    "cores": quantities.cores,
    "known": _known,
    "anchor": anchor,
    "times": cells.times,
    "figure": cells.figure,
    "verdict": cells.verdict,
    "by_cpu": cells.by_cpu,
    "stage": facts.stage,
}
