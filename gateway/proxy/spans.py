"""The proxy's server span of a sampled call. Whether a call is sampled is known before this module is asked."""

from __future__ import annotations

import os
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)

from gateway.proxy import header
from gateway.wire import lists_generated as lists
from gateway.wire.bytes import BYTES_METHOD
from gateway.wire.lists_generated import KERNELS, Codec, Executed, Reason

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from gateway.proxy.header import Fields

OUR_NAME = "sidecar-gateway"
FLUSH_MS = 2000
METHODS = {kernel.name: kernel.method for kernel in KERNELS}
RPC_SYSTEM = {"gateway": "sidecar", "gateway-unary": "grpc"}
"""The conventions name gRPC and have no name for our frames."""


class ProxySpan:
    """The span of one call."""

    __slots__ = ("_offset_ns", "_span", "trace_context")

    def __init__(self, span: Span, offset_ns: int) -> None:
        self._span = span
        self._offset_ns = offset_ns
        context = span.get_span_context()
        self.trace_context = (
            context.trace_id.to_bytes(16, "big") + context.span_id.to_bytes(8, "big") + bytes([context.trace_flags])
        )
        """What goes to the worker, whose span is a child of this one."""

    def end(self, receipt: Fields) -> None:
        """The call was answered with this receipt."""
        self._span.set_attributes(_outcome(receipt))
        if receipt[header.STATUS]:
            self._span.set_status(Status(StatusCode.ERROR, _member(Reason, receipt[header.REASON])))
        self._span.end(monotonic_ns() + self._offset_ns)


class Spans:
    """Starts spans and sends them to OTEL_EXPORTER_OTLP_ENDPOINT."""

    def __init__(self, clock_offset_ns: int) -> None:
        name = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: OUR_NAME}
        self._provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(OUR_NAME)
        self._offset_ns = clock_offset_ns

    def start(self, fields: Fields, channel: str, in_hand_ns: int) -> ProxySpan:
        """The span of a call with this header, as a child of its caller's span."""
        kernel = fields[header.KERNEL].decode("utf-8", "replace")
        span = self._tracer.start_span(
            _method(kernel),
            context=set_span_in_context(NonRecordingSpan(_parent(fields))),
            kind=SpanKind.SERVER,
            attributes=_attributes(fields, channel, kernel),
            start_time=in_hand_ns + self._offset_ns,
        )
        return ProxySpan(span, self._offset_ns)

    def flush(self) -> None:
        """Send what is left, within a bound. Blocks."""
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


def wanted() -> bool:
    """Whether the environment names an endpoint."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return not off and any(os.environ.get(name) for name in names)


def _parent(fields: Fields) -> SpanContext:
    context = fields[header.TRACE_CONTEXT]
    trace_id, span_id = int.from_bytes(context[:16], "big"), int.from_bytes(context[16:24], "big")
    state = TraceState.from_header([fields[header.TRACESTATE].decode("ascii", "replace")])
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(context[24]), trace_state=state)


def _method(kernel: str) -> str:
    """The method as the conventions write it."""
    return METHODS.get(kernel, BYTES_METHOD).lstrip("/")


def _attributes(fields: Fields, channel: str, kernel: str) -> dict[str, Any]:
    codec = _member(Codec, fields[header.CODEC]).lower()
    return {
        "rpc.system.name": RPC_SYSTEM[channel],
        "rpc.method": _method(kernel),
        lists.ATTRIBUTE_ROUTE: f"{channel}/{codec}",
        lists.ATTRIBUTE_KERNEL: kernel,
        lists.ATTRIBUTE_CODEC: codec,
        lists.ATTRIBUTE_PLACEMENT: "process",
        lists.ATTRIBUTE_REQUEST_BYTES: fields[header.TOTAL_BYTES],
    }


def _outcome(receipt: Fields) -> dict[str, Any]:
    status = _member(lists.Status, receipt[header.STATUS])
    attributes = {
        "rpc.response.status_code": status,
        lists.ATTRIBUTE_KERNEL_VERSION: receipt[header.KERNEL_VERSION],
        lists.ATTRIBUTE_REPLY_BYTES: receipt[header.REPLY_BYTES],
    }
    if receipt[header.STATUS]:
        attributes[lists.ATTRIBUTE_REASON] = _member(Reason, receipt[header.REASON])
        attributes[lists.ATTRIBUTE_EXECUTED] = _member(Executed, receipt[header.EXECUTED]).lower()
        attributes["error.type"] = status
    return attributes


def _member(names: Any, number: int) -> str:
    """A name of a closed list, the number where a later minor has more."""
    try:
        return names(number).name
    except ValueError:
        return str(number)
