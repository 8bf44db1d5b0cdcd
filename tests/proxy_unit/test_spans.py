"""A sampled call has a span of the proxy between its caller's and the worker's; others cost no span."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.traces.receiver import Receiver
from gateway.wire.lists_generated import Reason
from tests.proxy_unit.running import Process, Stream, channel, folder, proxy, started, worker_command

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACE_ID, PARENT_ID = bytes(range(1, 17)), bytes(range(20, 28))
ECHO = EchoRequest(payload=b"secret-payload").SerializeToString()


@pytest.fixture
def traced() -> Iterator[tuple[Receiver, Process]]:
    """Worker and proxy that export to a receiver."""
    with Receiver() as receiver, folder() as at:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        with started(worker_command(at), environment) as behind:
            flags = ["--upstream", behind.endpoints["uds"], "--clock-offset-ns", "1000000000000"]
            with proxy(*flags, environment=environment) as one:
                yield receiver, one


def spans_by_service(receiver: Receiver) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for resource in receiver.spans():
        name = next(one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
        found.setdefault(name, []).extend(span for scope in resource.scope_spans for span in scope.spans)
    return found


def by_stream(one: Process, flags: int) -> None:
    with Stream(one.endpoints["gateway"]) as stream:
        assert stream.call("echo", ECHO, trace_context=TRACE_ID + PARENT_ID + bytes([flags])).reason is Reason.NONE


def by_unary(one: Process, flags: int) -> None:
    with channel(one) as plain:
        traceparent = f"00-{TRACE_ID.hex()}-{PARENT_ID.hex()}-{flags:02x}"
        plain.unary_unary("/kernels.v1.EchoService/Echo")(ECHO, metadata=(("traceparent", traceparent),))


@pytest.mark.parametrize(
    ("call", "route"), [(by_stream, "gateway/protobuf"), (by_unary, "gateway-unary/protobuf")], ids=["stream", "unary"]
)
def test_the_proxys_span_stands_between(traced: tuple[Receiver, Process], call: Any, route: str) -> None:
    receiver, one = traced
    before = time.monotonic_ns() + 10**12
    call(one, 1)
    assert receiver.wait_for({TRACE_ID}, 2, 10)
    found = spans_by_service(receiver)
    behind, ours = sorted(found["sidecar-gateway"], key=lambda span: span.kind == Span.SPAN_KIND_SERVER)
    worker = next(span for span in found["sidecar-worker"] if span.kind == Span.SPAN_KIND_SERVER)
    assert (ours.trace_id, ours.parent_span_id) == (TRACE_ID, PARENT_ID)
    assert (behind.kind, behind.parent_span_id) == (Span.SPAN_KIND_CLIENT, ours.span_id)
    assert worker.parent_span_id == behind.span_id
    assert ours.start_time_unix_nano <= behind.start_time_unix_nano <= behind.end_time_unix_nano
    assert behind.end_time_unix_nano <= ours.end_time_unix_nano
    assert before <= ours.start_time_unix_nano <= ours.end_time_unix_nano <= time.monotonic_ns() + 10**12
    attributes = {one.key: one.value.string_value or one.value.int_value for one in ours.attributes}
    assert attributes["boundary.route"] == route
    assert attributes["boundary.kernel"] == "echo"
    assert attributes["rpc.method"] == "kernels.v1.EchoService/Echo"
    assert attributes["rpc.response.status_code"] == "OK"
    assert b"secret" not in ours.SerializeToString()


@pytest.mark.parametrize("call", [by_stream, by_unary])
def test_an_unsampled_call_has_no_span(traced: tuple[Receiver, Process], call: Any) -> None:
    receiver, one = traced
    call(one, 0)
    time.sleep(0.4)
    assert receiver.spans() == []


def test_a_failed_call_says_so_and_the_last_spans_leave_at_the_end(traced: tuple[Receiver, Process]) -> None:
    receiver, one = traced
    with Stream(one.endpoints["gateway"]) as stream:
        stream.call("panic", b"", trace_context=TRACE_ID + PARENT_ID + b"\x01")
    assert one.end() == 0
    _, ours = sorted(spans_by_service(receiver)["sidecar-gateway"], key=lambda span: span.kind == Span.SPAN_KIND_SERVER)
    attributes = {one.key: one.value.string_value for one in ours.attributes}
    assert (attributes["boundary.reason"], attributes["boundary.executed"]) == ("KERNEL_PANICKED", "yes")
    assert ours.status.code == 2


def test_a_call_that_is_not_sent_on_has_no_part_behind() -> None:
    with Receiver() as receiver, folder() as at:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}
        with proxy("--upstream", str(at / "nobody.sock"), environment=environment) as one:
            with Stream(one.endpoints["gateway"]) as stream:
                answer = stream.call("echo", ECHO, trace_context=TRACE_ID + PARENT_ID + b"\x01")
            assert answer.reason is Reason.NO_WORKER
            assert one.end() == 0
        (ours,) = spans_by_service(receiver)["sidecar-gateway"]
    assert (ours.kind, ours.parent_span_id) == (Span.SPAN_KIND_SERVER, PARENT_ID)
