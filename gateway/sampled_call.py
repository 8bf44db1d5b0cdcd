"""The spans of a sampled call, as its processes export them to the receiver in here."""

import os
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.wire.routes import processes_of

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from gateway.traced_call import Traced
    from gateway.traces.receiver import Receiver
    from gateway.traces.spans import Span

WAIT_S = 5.0
EXPORTER = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@contextmanager
def receiver(*, sampled: bool) -> "Generator[Receiver | None]":
    """A receiver for the children's spans; None where none are made, or the user's own receiver takes them."""
    if not sampled or any(os.environ.get(name) for name in EXPORTER):
        yield None
        return
    from gateway.traces.receiver import Receiver

    with Receiver() as made:
        yield made


def collect(receiver: "Receiver", traced: "Traced") -> "list[Span]":
    """The spans of the last call, once every process of the route has sent its own."""
    from gateway.traces import spans

    trace_id = traced.answer.trace_id
    receiver.wait_for({trace_id}, processes_of(traced.route), WAIT_S)
    collected = spans.from_json(spans.to_json(receiver.spans())["resourceSpans"])
    return [span for span in collected if span.trace_id == trace_id.hex()]


def as_json(collected: "Sequence[Span]", traced: "Traced") -> dict[str, Any]:
    """The spans, and what is wrong with them: with the tree, and with their times beside the call's stamps."""
    from gateway.traces import tree

    stages = traced.stages
    wrong = [*tree.defects(collected), *(tree.disagreements(collected, stages) if stages and traced.calls == 1 else [])]
    return {"spans": [asdict(span) for span in collected], "defects": wrong}


def as_text(collected: "Sequence[Span]", width: int) -> str:
    """The trace as a tree beside its waterfall."""
    from gateway.traces import picture, trace

    return "\n".join(picture.picture(one, width) for one in trace.by_id(collected))
