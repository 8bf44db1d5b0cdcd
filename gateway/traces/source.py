"""Where traces are read from: a run's folder or a Jaeger, and the one of them that a person means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.traces import recorded
from gateway.traces.jaeger import LIMIT, Jaeger

if TYPE_CHECKING:
    from gateway.traces.trace import Trace

_ID_CHARACTERS = 32
SEARCHED = 500
"""Of a Jaeger's traces, the latest."""


def traces(run: str, limit: int = LIMIT) -> list[Trace]:
    """Return the traces of a run, or the latest of a Jaeger; raises Refusal where there are none."""
    if not _is_address(run):
        return recorded.traces(Path(run))
    jaeger = Jaeger(run)
    return [_known(jaeger, run, jaeger.trace_id)] if jaeger.trace_id else jaeger.traces(limit)


def one(run: str, name: str = "") -> Trace:
    """Return the trace whose id begins so, or the slowest of that route or kernel, or without a name of all."""
    if _is_address(run) and len(name) == _ID_CHARACTERS:
        return _known(Jaeger(run), run, name)
    found = traces(run, SEARCHED)
    return max(_named(found, run, name), key=lambda trace: trace.duration_ns)


def _named(found: list[Trace], run: str, name: str) -> list[Trace]:
    meant = [trace for trace in found if name in ("", trace.route, trace.kernel)]
    by_id = [trace for trace in found if name and trace.trace_id.startswith(name.lower())]
    if len(by_id) > 1:
        raise Refusal(f"{len(by_id)} trace ids begin with {name}", "give more of it")
    if not meant and not by_id:
        raise Refusal(f"{run} has no trace {name!r}", f"see `gateway trace list {run}`")
    return by_id or meant


def _known(jaeger: Jaeger, run: str, trace_id: str) -> Trace:
    found = jaeger.trace(trace_id)
    if found is None:
        raise Refusal(f"{run} has no trace {trace_id}", "wait 5 s for its last spans, or see `gateway trace list`")
    return found


def _is_address(run: str) -> bool:
    return run.startswith(("http://", "https://"))
