"""The embedded receiver takes what an OpenTelemetry SDK exports, and keeps it as OTLP JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from gateway.traces import receiver, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACE = bytes(range(16))


def resource_spans(service: str, count: int = 1) -> ResourceSpans:
    made = [
        Span(
            trace_id=TRACE,
            span_id=bytes([7] * 7 + [number]),
            parent_span_id=bytes([9] * 8) if number else b"",
            name="Redact",
            kind=Span.SPAN_KIND_SERVER,
            start_time_unix_nano=1_000,
            end_time_unix_nano=3_500,
            attributes=[KeyValue(key="boundary.request_bytes", value=AnyValue(int_value=4_096))],
        )
        for number in range(count)
    ]
    name = KeyValue(key="service.name", value=AnyValue(string_value=service))
    return ResourceSpans(resource=Resource(attributes=[name]), scope_spans=[ScopeSpans(spans=made)])


@pytest.fixture
def listening() -> Iterator[receiver.Receiver]:
    with receiver.Receiver() as one:
        yield one


def export(to: receiver.Receiver, *resources: ResourceSpans) -> None:
    with grpc.insecure_channel(to.endpoint.removeprefix("http://")) as channel:
        stub = trace_service_pb2_grpc.TraceServiceStub(channel)
        stub.Export(trace_service_pb2.ExportTraceServiceRequest(resource_spans=resources), timeout=5)


def test_what_is_exported_is_kept(listening: receiver.Receiver) -> None:
    export(listening, resource_spans("worker", 3))
    assert [len(one.scope_spans[0].spans) for one in listening.spans()] == [3]


def test_a_trace_is_complete_when_every_process_has_sent_its_part(listening: receiver.Receiver) -> None:
    export(listening, resource_spans("worker"))
    assert not listening.wait_for({TRACE}, processes=2, timeout_s=0.05)
    export(listening, resource_spans("driver"))
    assert listening.wait_for({TRACE}, processes=2, timeout_s=5)


def test_spans_beyond_the_limit_are_dropped_and_counted(
    listening: receiver.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MAX_SPANS", 4)
    export(listening, resource_spans("worker", 3), resource_spans("worker", 3))
    assert (len(listening.spans()), listening.dropped) == (1, 3)


def test_spans_come_back_from_json_with_ids_in_hex_and_integers_as_integers() -> None:
    document = json.loads(json.dumps(spans.to_json([resource_spans("worker")])))
    (span,) = spans.from_json(document["resourceSpans"])
    assert (span.trace_id, span.span_id, span.parent_id) == (TRACE.hex(), "0707070707070700", "")
    assert (span.service, span.kind, span.duration_ns) == ("worker", "server", 2_500)
    assert span.attributes == {"boundary.request_bytes": 4_096}
