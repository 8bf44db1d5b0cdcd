"""One call with all its stamps, or the medians of many."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.traces.stages import CallStages, StageTime, from_record
from gateway.verify.ask import unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

    from gateway.gen.bench.v1.driver_pb2 import Mode, TraceResponse
    from gateway.supervise.rpc import Driven

SCENARIO = "call"
WARMUP_CALLS = 50
TIMEOUT_NS = 10_000_000_000


@dataclass(frozen=True)
class Traced:
    """What came of a traced call: its answer, and the stages of the call or the medians of all."""

    route: str
    answer: "TraceResponse"
    stages: CallStages | None
    calls: int


def check_routes(session: "Driven", kernel: str, routes: "Sequence[str]") -> None:
    """Refuse a route by which this kernel cannot be called here, with the reason."""
    described = unavailable(session)
    for route in routes:
        reason = described.get((kernel, route), "the driver does not know it")
        if reason:
            raise Refusal(f"{kernel} cannot be called by {route}", reason)


def load(session: "Driven", kernel: str, request: "Message") -> None:
    """Hand the request to the driver, for every route that is called afterwards."""
    from gateway.gen.bench.v1 import driver_pb2

    loaded = driver_pb2.LoadRequest(scenario=SCENARIO, kernel=kernel, requests=[request.SerializeToString()])
    session.driver.Load(loaded)


def trace(session: "Driven", route: str, count: int, *, sampled: bool) -> Traced:
    """Call `count` times after a warm-up; a failed call ends it, and its answer says why."""
    from gateway.gen.bench.v1 import driver_pb2

    # The warm-up leaves no spans: what is sampled is what is shown.
    _repeat(session, route, WARMUP_CALLS, driver_pb2.MODE_STAMPS)
    answers = _repeat(session, route, count, driver_pb2.MODE_SAMPLED if sampled else driver_pb2.MODE_STAMPS)
    last = answers[-1]
    if last.status:
        return Traced(route, last, None, len(answers))
    return Traced(route, last, medians([from_record(answer.record) for answer in answers]), count)


def medians(calls: "Sequence[CallStages]") -> CallStages:
    """The median over all calls of each stage's time, of its offset, and of the residual.

    The total is their sum, which is not the median total; so the picture adds up and its residual is the median one.
    """
    stages = [
        StageTime(
            parts[0].name,
            round(median(part.offset_ns for part in parts)),
            round(median(part.duration_ns for part in parts)),
        )
        for parts in zip(*(call.stages for call in calls), strict=True)
    ]
    total_ns = sum(stage.duration_ns for stage in stages) + median(call.residual_ns for call in calls)
    return CallStages(tuple(stages), total_ns)


def _repeat(session: "Driven", route: str, count: int, mode: "Mode") -> "list[TraceResponse]":
    from gateway.gen.bench.v1 import driver_pb2

    asked = driver_pb2.TraceRequest(scenario=SCENARIO, index=0, route=route, mode=mode, timeout_ns=TIMEOUT_NS)
    answers: list[TraceResponse] = []
    while len(answers) < count:
        answers.append(session.driver.Trace(asked))
        if answers[-1].status:
            break
    return answers
