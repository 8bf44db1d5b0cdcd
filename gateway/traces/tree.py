"""Is a trace one whole tree, and do the processes agree about it? Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.wire.lists_generated import ATTRIBUTE_STAGE, HOP_STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.traces.spans import Span
    from gateway.traces.stages import CallStages

CLOCK_TOLERANCE_NS = 1_000
"""All processes share one clock and one offset; a float on the way may cost some ns."""


def defects(spans: Sequence[Span]) -> list[str]:
    """Return what is wrong with the spans of one call, a sentence each; nothing for a whole tree."""
    if not spans:
        return ["no span arrived"]
    known = {span.span_id: span for span in spans}
    return [*_identity(spans), *_roots(spans, known), *_nesting(spans, known)]


def disagreements(spans: Sequence[Span], call: CallStages) -> list[str]:
    """Return the stages whose span took another time than the stamps of the receipt say."""
    stamped = Counter({stage.name: stage.duration_ns for stage in call.stages})
    for part in HOP_STAGES:  # who knows of no hop tells the whole wire
        if part.name in stamped:
            stamped[part.of] += stamped[part.name]
    return [
        f"{span.service} says {span.duration_ns} ns of {name}, the stamps say {stamped.get(name)}"
        for span in spans
        if (name := span.attributes.get(ATTRIBUTE_STAGE))
        and abs(span.duration_ns - stamped.get(name, -(10**9))) > CLOCK_TOLERANCE_NS
    ]


def in_order(spans: Sequence[Span]) -> list[tuple[Span, int]]:
    """Return the spans as a reader expects a tree, each with its depth: children behind their parent, by start."""
    known = {span.span_id for span in spans}
    roots = sorted((span for span in spans if span.parent_id not in known), key=lambda span: span.start_ns)
    return [pair for root in roots for pair in _below(root, spans, 0)]


def _below(span: Span, spans: Sequence[Span], depth: int) -> list[tuple[Span, int]]:
    children = sorted((one for one in spans if one.parent_id == span.span_id), key=lambda one: one.start_ns)
    return [(span, depth), *(pair for child in children for pair in _below(child, spans, depth + 1))]


def _identity(spans: Sequence[Span]) -> list[str]:
    traces = {span.trace_id for span in spans}
    twice = [span_id for span_id, count in Counter(span.span_id for span in spans).items() if count > 1]
    return [
        *([f"{len(traces)} trace ids instead of one"] if len(traces) != 1 else []),
        *(f"span id {span_id} is used twice" for span_id in twice),
    ]


def _roots(spans: Sequence[Span], known: dict[str, Span]) -> list[str]:
    roots = [span for span in spans if not span.parent_id]
    orphans = [span for span in spans if span.parent_id and span.parent_id not in known]
    return [
        *([f"{len(roots)} roots instead of one"] if len(roots) != 1 else []),
        *(f"{span.service} {span.name}: its parent {span.parent_id} is not in the trace" for span in orphans),
    ]


def _nesting(spans: Sequence[Span], known: dict[str, Span]) -> list[str]:
    return [
        f"{span.service} {span.name} lies outside of its parent {parent.name}"
        for span in spans
        if (parent := known.get(span.parent_id)) and not _inside(span, parent)
    ]


def _inside(span: Span, parent: Span) -> bool:
    early, late = parent.start_ns - span.start_ns, span.end_ns - parent.end_ns
    return max(early, late) <= CLOCK_TOLERANCE_NS and span.end_ns >= span.start_ns
