"""Traces as text: a line a trace, and one trace as a tree beside its waterfall. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report.quantities import duration
from gateway.traces import tree, waterfall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.traces.trace import Trace

ID_SHOWN = 8
"""So many characters of a trace id tell it from the others."""
_MIN_BAR_WIDTH = 10
_DURATION_WIDTH = 9


def listing(traces: Sequence[Trace]) -> str:
    """Return a line a trace under a head: id, what was called by which route, spans, services, time, what is wrong."""
    head = ("trace", "call", "route", "spans", "time", "services")
    rows = [head, *(_row(one) for one in traces)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head) - 1)]
    return "\n".join(_aligned(row, widths) for row in rows)


def picture(trace: Trace, width: int = 80) -> str:
    """Return one trace in `width` columns, more where names need them: a line a span, children below their parents."""
    return "\n".join([_head(trace), *_lines(trace, width), *(f"defect: {one}" for one in trace.defects)])


def _row(trace: Trace) -> tuple[str, ...]:
    services = " > ".join(trace.services)
    wrong = f"  {len(trace.defects)} defects" if trace.defects else ""
    called = trace.kernel or trace.top.label
    spans, time = str(len(trace.spans)), duration(trace.duration_ns)
    return trace.trace_id[:ID_SHOWN], called, trace.route or "-", spans, time, services + wrong


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    name, call, route, spans, time, services = row
    id_width, call_width, route_width, spans_width, time_width = widths
    return (
        f"{name:<{id_width}}  {call:<{call_width}}  {route:<{route_width}}  "
        f"{spans:>{spans_width}}  {time:>{time_width}}  {services}"
    )


def _head(trace: Trace) -> str:
    called = f"{trace.kernel} by {trace.route}" if trace.kernel and trace.route else trace.top.label
    below = f", below span {trace.caller} of its caller" if trace.caller else ""
    return f"{called}: {duration(trace.duration_ns)}, trace {trace.trace_id}{below}"


def _lines(trace: Trace, width: int) -> list[str]:
    ordered = tree.in_order(trace.spans)
    labels = [f"{'  ' * depth}{span.label}" for span, depth in ordered]
    label_width = max(map(len, labels), default=0)
    service_width = max((len(span.service) for span, _ in ordered), default=0)
    bar_width = max(_MIN_BAR_WIDTH, width - label_width - service_width - _DURATION_WIDTH - 6)
    begin, whole = trace.spans[0].start_ns, trace.duration_ns
    return [
        f"{label:<{label_width}}  {duration(span.duration_ns):>{_DURATION_WIDTH}}  {span.service:<{service_width}}  "
        f"{waterfall.bar(span.start_ns - begin, span.duration_ns, whole, bar_width)}".rstrip()
        for label, (span, _) in zip(labels, ordered, strict=True)
    ]
