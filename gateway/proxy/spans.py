"""The proxy's spans of a sampled call: a server span, and below it the part that waits for the worker.

Whether a call is sampled is known before this module is asked.
"""

from __future__ import annotations

import logging
import os
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
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
from gateway.proxy.ledger import Ledger
from gateway.proxy.passage import Passage
from gateway.proxy.wall_clock import WallClock
from gateway.wire import lists_generated as lists
from gateway.wire.bytes import BYTES_METHOD
from gateway.wire.lists_generated import KERNELS, Codec, Executed, Reason

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from gateway.proxy.header import Fields

OUR_NAME = "sidecar-gateway"
METHODS = {kernel.name: kernel.method for kernel in KERNELS}
RPC_SYSTEM = {"gateway": "sidecar", "gateway-unary": "grpc"}
"""The conventions name gRPC and have no name for our frames."""
BEHIND = "uds"
"""The channel to the worker, whichever one the call came by."""
PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
NOISY = ("opentelemetry.exporter.otlp.proto.grpc.exporter", "opentelemetry.sdk._shared_internal")
"""Loggers with a line, or a traceback, for every try of an export; `Ledger` tells what is to be told."""

log = logging.getLogger(__name__)


class ProxySpan:
    """The spans of one call: the proxy's own, and once it was sent on, that of its way to the worker and back."""

    __slots__ = ("_behind_id", "_makers", "_server", "trace_context")

    def __init__(self, server: Span, makers: Makers) -> None:
        self._server = server
        self._makers = makers
        self._behind_id = makers.ids.generate_span_id()
        context = server.get_span_context()
        self.trace_context = (
            context.trace_id.to_bytes(16, "big") + self._behind_id.to_bytes(8, "big") + bytes([context.trace_flags])
        )
        """What goes to the worker, whose span is a child of the part behind."""

    def end(self, receipt: Fields, forwarded_ns: int) -> None:
        """The call, forwarded then unless 0, was answered with this receipt."""
        outcome, clock = _outcome(receipt), self._makers.clock
        if forwarded_ns:
            _finish(self._behind(forwarded_ns), receipt, outcome, clock.at(monotonic_ns()))
        _finish(self._server, receipt, outcome, clock.at(monotonic_ns()))

    def _behind(self, forwarded_ns: int) -> Span:
        self._makers.ids.chosen = self._behind_id
        attributes: Any = getattr(self._server, "attributes", None) or {}
        codec = attributes.get(lists.ATTRIBUTE_CODEC, "")
        return self._makers.tracer.start_span(
            attributes.get("rpc.method", ""),
            context=set_span_in_context(self._server),
            kind=SpanKind.CLIENT,
            attributes={**attributes, "rpc.system.name": "sidecar", lists.ATTRIBUTE_ROUTE: f"{BEHIND}/{codec}"},
            start_time=self._makers.clock.at(forwarded_ns),
        )


class Ids(RandomIdGenerator):
    """Gives the next span the id that went to the worker before the span was made, else a random one."""

    def __init__(self) -> None:
        self.chosen = 0

    def generate_span_id(self) -> int:
        """The chosen id, once."""
        chosen, self.chosen = self.chosen, 0
        return chosen or super().generate_span_id()


class Makers(NamedTuple):
    """What spans are made with."""

    tracer: Tracer
    ids: Ids
    clock: WallClock


class Spans:
    """Starts spans and sends them to OTEL_EXPORTER_OTLP_ENDPOINT; by a given clock offset, else by a measured one."""

    def __init__(self, clock_offset_ns: int | None) -> None:
        _quieten()
        _warn_of_protocol()
        name = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: OUR_NAME}
        self._ledger = Ledger()
        self._passage = Passage(OTLPSpanExporter(), self._ledger)
        ids = Ids()
        provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False, id_generator=ids)
        provider.add_span_processor(self._passage)
        self._makers = Makers(provider.get_tracer(OUR_NAME), ids, WallClock(clock_offset_ns))

    def start(self, fields: Fields, channel: str, in_hand_ns: int) -> ProxySpan:
        """The span of a call with this header, as a child of its caller's span."""
        kernel = fields[header.KERNEL].decode("utf-8", "replace")
        span = self._makers.tracer.start_span(
            _method(kernel),
            context=set_span_in_context(NonRecordingSpan(_parent(fields))),
            kind=SpanKind.SERVER,
            attributes=_attributes(fields, channel, kernel),
            start_time=self._makers.clock.at(in_hand_ns),
        )
        return ProxySpan(span, self._makers)

    def dropped(self) -> int:
        """How many spans were made and will not arrive; it never goes back."""
        return self._ledger.dropped

    def flush(self) -> None:
        """Send what is left, within a bound. Blocks."""
        self._passage.end()


def _finish(span: Span, receipt: Fields, outcome: dict[str, Any], end_ns: int) -> None:
    span.set_attributes(outcome)
    if receipt[header.STATUS]:
        span.set_status(Status(StatusCode.ERROR, _member(Reason, receipt[header.REASON])))
    span.end(end_ns)


def _quieten() -> None:
    if not log.isEnabledFor(logging.DEBUG):
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _warn_of_protocol() -> None:
    """Say that only OTLP over gRPC is spoken here, where the environment asks for another protocol."""
    for name in PROTOCOLS:
        if os.environ.get(name, "grpc") not in ("", "grpc"):
            text = "spans are sent by OTLP over gRPC only; point the endpoint at a gRPC port: %s=%s"
            log.warning(text, name, os.environ[name])


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
