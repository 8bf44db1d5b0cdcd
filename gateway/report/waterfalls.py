"""Where time went, as bars: a scenario's routes on one scale, and one trace as its processes told it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.report.quantities import duration, percent
from gateway.traces import tree
from gateway.wire.lists_generated import ATTRIBUTE_ROUTE, HOP_STAGES, STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.summary import CaseSummary, ScenarioSummary
    from gateway.traces.spans import Span

RESIDUAL = "unexplained"
STAGE_NAMES = (
    *(part.name for stage in STAGES for part in (stage, *(hop for hop in HOP_STAGES if hop.of == stage.name))),
    RESIDUAL,
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a bar: what it is, its place and width in per cent of the scale, and its text."""

    kind: str
    left: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled bar of segments; `by` is who did it, where that is told beside the label."""

    label: str
    figure: str
    segments: tuple[Segment, ...]
    depth: int = 0
    by: str = ""

    @property
    def says(self) -> str:
        """The bar in words."""
        return "; ".join(segment.title for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Bars on one scale."""

    name: str
    bars: tuple[Bar, ...]
    kinds: tuple[str, ...]


def waterfall(scenario: ScenarioSummary) -> Waterfall | None:
    """Return a scenario's waterfall; None when none of its routes has stages."""
    staged = sorted((case for case in scenario.cases if case.stages), key=_total)
    if not staged:
        return None
    scale = max(_total(case) for case in staged)
    bars = tuple(_bar(case, scale) for case in staged)
    seen = {segment.kind for bar in bars for segment in bar.segments}
    return Waterfall(scenario.scenario.name, bars, tuple(name for name in STAGE_NAMES if name in seen))


def trace(spans: Sequence[Span]) -> Waterfall | None:
    """Return one trace as a bar a span, children under their parents; None without a root."""
    root = next((span for span in spans if not span.parent_id), None)
    if root is None:
        return None
    scale = max(1, max(span.end_ns for span in spans) - root.start_ns)
    ordered = tree.in_order(spans)
    bars = tuple(_span_bar(span, depth, root.start_ns, scale) for span, depth in ordered)
    routes = (str(span.attributes[ATTRIBUTE_ROUTE]) for span, _ in ordered if ATTRIBUTE_ROUTE in span.attributes)
    services = tuple(dict.fromkeys(span.service for span, _ in ordered))
    return Waterfall(f"{root.name} by {next(routes, 'no route')}", bars, services)


def _total(case: CaseSummary) -> float:
    return case.stages.total_ns if case.stages else 0.0


def _bar(case: CaseSummary, scale: float) -> Bar:
    parts = {**case.stages.stages_ns, RESIDUAL: max(0.0, case.stages.residual_ns)} if case.stages else {}
    segments, left = [], 0.0
    for kind, value in parts.items():
        width = value / scale * 100
        title = f"{kind}: {duration(value)}, {percent(value / _total(case))}"
        if width > 0:
            segments.append(Segment(kind, round(left, 2), round(width, 2), title))
        left += width
    return Bar(case.case.route, duration(_total(case)), tuple(segments))


def _span_bar(span: Span, depth: int, origin_ns: int, scale: int) -> Bar:
    left, width = (span.start_ns - origin_ns) / scale * 100, span.duration_ns / scale * 100
    title = f"{span.service}: {span.label}, {duration(span.duration_ns)}, from {duration(span.start_ns - origin_ns)} on"
    segment = Segment(span.service, round(max(0.0, left), 2), round(max(0.2, width), 2), title)
    by = "" if span.stage else span.service
    return Bar(span.label, duration(span.duration_ns), (segment,), depth, by)
