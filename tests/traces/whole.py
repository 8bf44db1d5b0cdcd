"""What a whole trace of an HTTP call is, by its route: who takes part, who is below whom, which stages follow."""

from gateway.traces.spans import Span
from gateway.traces.trace import Trace
from gateway.wire.lists_generated import HOP_STAGES, STAGES
from gateway.wire.routes import is_proxied, placement_of

SERVICE, PROXY, WORKER = "sidecar-service", "sidecar-gateway", "sidecar-worker"
HTTP, RPC = "POST /v1/kernels/{kernel}", "kernels.v1.RedactService/Redact"
BY_CALLER = {"encode", "request_wire", "reply_wire", "reply_decode"}
SEAM_NS = 1_000
"""Two processes that each measured their offset differ by less."""


def chain(route: str) -> list[tuple[str, str, str]]:
    """(service, kind, name) from the outermost span to the one that has the worker's stages."""
    ours = [(SERVICE, "server", HTTP), (SERVICE, "client", RPC)]
    hop = [(PROXY, "server", RPC), (PROXY, "client", RPC)] if is_proxied(route) else []
    behind = [(WORKER, "server", RPC)] if placement_of(route) == "process" else []
    return [*ours, *hop, *behind]


def stages(route: str) -> list[tuple[str, str]]:
    """(service, stage) in their order; a native call only computes."""
    placement = placement_of(route)
    if placement == "native":
        return [(SERVICE, "compute")]
    remote = placement == "process"
    found: list[tuple[str, str]] = []
    for stage in STAGES[1:]:
        parts = [part.name for part in HOP_STAGES if part.of == stage.name] if is_proxied(route) else []
        service = SERVICE if stage.name in BY_CALLER or not remote else WORKER
        found += [(service, name) for name in parts or [stage.name]]
    return found


def count(route: str) -> int:
    """How many spans there are."""
    return len(chain(route)) + len(stages(route))


def wrong(trace: Trace, route: str, caller: str = "") -> list[str]:
    """What is not as it should be, a sentence each; `caller` is the span of the traceparent that was sent."""
    told = [span for span in trace.spans if span.stage]
    in_order = [(span.service, span.stage) for span in sorted(told, key=lambda span: (span.start_ns, span.end_ns))]
    return [
        *trace.defects,
        *_below(trace, chain(route), caller),
        *([f"route {trace.route}, not {route}"] if trace.route != route else []),
        *([f"stages {in_order}"] if sorted(in_order) != sorted(stages(route)) else []),
        *_seams(told),
        *(f"{span.stage} is below {_parent(trace, span)}" for span in told if _misplaced(trace, span)),
    ]


def seams_ns(spans: list[Span]) -> list[int]:
    """By how much the worker's clock is ahead of the caller's, where one tells the end of a wire and the other the
    beginning of what follows, in ns: both of them stamped the same instant of CLOCK_MONOTONIC."""
    by_stage = {span.stage: span for span in spans}
    pairs = [("request_wire", "decode"), ("request_wire_out", "decode")]
    return [by_stage[second].start_ns - by_stage[first].end_ns for first, second in pairs if first in by_stage]


def _seams(told: list[Span]) -> list[str]:
    return [f"the clocks differ by {seam} ns" for seam in seams_ns(told) if abs(seam) > SEAM_NS]


def _below(trace: Trace, links: list[tuple[str, str, str]], caller: str) -> list[str]:
    above, problems = caller, []
    for link in links:
        found = [span for span in trace.spans if (span.service, span.kind, span.name) == link]
        if len(found) != 1:
            return [*problems, f"{len(found)} spans {link}"]
        if found[0].parent_id != above:
            problems.append(f"{link} is below {found[0].parent_id!r}, not {above!r}")
        above = found[0].span_id
    return problems


def _parent(trace: Trace, span: Span) -> str:
    parents = [f"{one.service} {one.kind}" for one in trace.spans if one.span_id == span.parent_id]
    return parents[0] if parents else "nothing"


def _misplaced(trace: Trace, span: Span) -> bool:
    """A stage belongs below its process's end of the call."""
    end = "server" if span.service == WORKER else "client"
    return _parent(trace, span) != f"{span.service} {end}"
