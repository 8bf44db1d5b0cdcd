"""Is a trace one whole tree, and do the processes agree about it? Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from gateway.wire.lists_generated import ATTRIBUTE_KERNEL, ATTRIBUTE_STAGE, HOP_STAGES, STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.traces.spans import Span
    from gateway.traces.stages import CallStages

CLOCK_TOLERANCE_NS = 1_000
"""All processes share one clock; each may have measured its offset to the wall clock itself (docs/traces.md)."""

_PLACES = {
    part.name: place
    for place, part in enumerate(
        part for stage in STAGES for part in (stage, *(hop for hop in HOP_STAGES if hop.of == stage.name))
    )
}
"""The order of stages; a wire's parts in its place."""


def defects(spans: Sequence[Span], above: str = "") -> list[str]:
    """Return what is wrong with the spans of one call, a sentence each; nothing for a whole tree.

    `above` is the span of a caller who exports elsewhere, below which the tree stands.
    """
    if not spans:
        return ["no span arrived"]
    known = {span.span_id: span for span in spans}
    return [*_identity(spans), *_roots(spans, known, above), *_nesting(spans, known), *_order(spans, known)]


def caller_of(spans: Sequence[Span]) -> str:
    """Return the span id above the only top of a trace; empty where the top is a root, or there are several tops."""
    known = {span.span_id for span in spans}
    tops = {span.parent_id for span in spans if span.parent_id not in known}
    return tops.pop() if len(tops) == 1 else ""


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
    roots = sorted((span for span in spans if span.parent_id not in known), key=_place)
    return [pair for root in roots for pair in _below(root, spans, 0)]


def _below(span: Span, spans: Sequence[Span], depth: int) -> list[tuple[Span, int]]:
    children = sorted((one for one in spans if one.parent_id == span.span_id), key=_place)
    return [(span, depth), *(pair for child in children for pair in _below(child, spans, depth + 1))]


def _place(span: Span) -> tuple[int, int]:
    """What takes no time comes before what begins where it ends."""
    return span.start_ns, span.end_ns


def _identity(spans: Sequence[Span]) -> list[str]:
    traces = {span.trace_id for span in spans}
    twice = [span_id for span_id, count in Counter(span.span_id for span in spans).items() if count > 1]
    return [
        *([f"{len(traces)} trace ids instead of one"] if len(traces) != 1 else []),
        *(f"span id {span_id} is used twice" for span_id in twice),
    ]


def _roots(spans: Sequence[Span], known: dict[str, Span], above: str) -> list[str]:
    roots = [span for span in spans if span.parent_id == above]
    orphans = [span for span in spans if span.parent_id != above and span.parent_id not in known]
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


def _order(spans: Sequence[Span], known: dict[str, Span]) -> list[str]:
    """A call's stages, whoever exported them, follow one another as the contract lists them."""
    by_call: dict[str, list[Span]] = {}
    for span in spans:
        if span.stage in _PLACES:
            by_call.setdefault(_call_of(span, known), []).append(span)
    told = [sorted(one, key=lambda span: _PLACES[span.stage]) for one in by_call.values()]
    return [
        f"{after.stage} of {after.service} begins before {before.stage} of {before.service} ends"
        for stages in told
        for before, after in itertools.pairwise(stages)
        if after.start_ns < before.end_ns - CLOCK_TOLERANCE_NS
    ]


def _call_of(span: Span, known: dict[str, Span]) -> str:
    """The outermost client span of a kernel's call above, which is the caller's own; empty where it is not there."""
    found, above = "", known.get(span.parent_id)
    for _ in known:  # bounds what a loop of parents would not
        if above is None:
            break
        found = above.span_id if above.kind == "client" and ATTRIBUTE_KERNEL in above.attributes else found
        above = known.get(above.parent_id)
    return found


def _inside(span: Span, parent: Span) -> bool:
    early, late = parent.start_ns - span.start_ns, span.end_ns - parent.end_ns
    return max(early, late) <= CLOCK_TOLERANCE_NS and span.end_ns >= span.start_ns
