"""At the end of a run: one sampled call a kernel and route, its spans from every process, and whether they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.gen.bench.v1 import driver_pb2
from gateway.traces import spans, stages, tree
from gateway.wire.routes import processes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Case, Plan
    from gateway.traces.receiver import Receiver

_TYPICAL_BYTES = 4096
_WARM_UP_CALLS = 20
_TIMEOUT_NS = 10_000_000_000
_ARRIVAL_S = 5.0


def sample(bed: Bed, plan: Plan, say: Callable[[str], None]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return (OTLP JSON of all spans, a note a call); no spans when they go to the user's own backend."""
    calls = [(case, _call(bed, case, say)) for case in chosen(plan)]
    good = [(case, answer) for case, answer in calls if not answer.status]
    if bed.receiver is None:
        return None, [_note(case, answer, []) for case, answer in good]
    _await(bed.receiver, good)
    document = spans.to_json(bed.receiver.spans())
    return document, [_note(case, answer, _checked(document, case, answer)) for case, answer in good]


def chosen(plan: Plan) -> list[Case]:
    """Return a case for each kernel and route: the one whose payload is nearest to 4 KiB, with the fewest callers."""
    cases = [case for case in plan.cases if not case.stands_apart]
    found: dict[tuple[str, str], Case] = {}
    for case in sorted(cases, key=_distance, reverse=True):
        found[case.scenario.kernel, case.route] = case
    return [found[pair] for pair in dict.fromkeys((case.scenario.kernel, case.route) for case in cases)]


def _distance(case: Case) -> tuple[int, int]:
    return abs(case.scenario.size_bytes - _TYPICAL_BYTES), case.scenario.callers


def _call(bed: Bed, case: Case, say: Callable[[str], None]) -> driver_pb2.TraceResponse:
    say(case.name)
    request = driver_pb2.TraceRequest(
        scenario=case.scenario.name, route=case.route, mode=driver_pb2.MODE_STAMPS, timeout_ns=_TIMEOUT_NS
    )
    for _ in range(_WARM_UP_CALLS):
        bed.session.driver.Trace(request)
    request.mode = driver_pb2.MODE_SAMPLED
    return bed.session.driver.Trace(request)


def _await(receiver: Receiver, calls: Sequence[tuple[Case, driver_pb2.TraceResponse]]) -> None:
    """Wait until each process has sent its part; what is missing then shows up as a defect of the tree."""
    for processes in (3, 2, 1):
        wanted = {answer.trace_id for case, answer in calls if processes_of(case.route) == processes}
        receiver.wait_for(wanted, processes, _ARRIVAL_S)


def _checked(document: dict[str, Any], case: Case, answer: driver_pb2.TraceResponse) -> list[str]:
    mine = [one for one in spans.from_json(document["resourceSpans"]) if one.trace_id == answer.trace_id.hex()]
    silent = len({one.service for one in mine}) < processes_of(case.route)
    return [
        *(["a process sent no span"] if silent else []),
        *tree.defects(mine),
        *tree.disagreements(mine, stages.from_record(answer.record)),
    ]


def _note(case: Case, answer: driver_pb2.TraceResponse, defects: list[str]) -> dict[str, Any]:
    return {
        "trace_id": answer.trace_id.hex(),
        "case": case.name,
        "kernel": case.scenario.kernel,
        "route": case.route,
        "total_ns": answer.record.total_ns[0] if answer.record.total_ns else None,
        "defects": defects,
    }
