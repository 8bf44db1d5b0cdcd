"""Spans as a run keeps them: OTLP JSON in spans.json, plain values for whoever draws or checks them. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.wire.lists_generated import ATTRIBUTE_STAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

_IDS = ("traceId", "spanId", "parentSpanId")
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
"""By their number in OTLP."""


@dataclass(frozen=True, slots=True)
class Span:
    """One span; ids are lower-case hex, `parent_id` is empty at the root, times are wall-clock ns."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    kind: str
    start_ns: int
    end_ns: int
    attributes: dict[str, Any]

    @property
    def duration_ns(self) -> int:
        """End minus start."""
        return self.end_ns - self.start_ns

    @property
    def stage(self) -> str:
        """The stage of the call that the span is; empty where it is none."""
        return str(self.attributes.get(ATTRIBUTE_STAGE, ""))

    @property
    def label(self) -> str:
        """What a person reads: a stage, a method without its package and which end of the call it is, else the name."""
        _, dot, method = self.name.rpartition("Service/")
        return f"{method}, {self.kind}" if dot else self.name.replace("_", " ")


def to_json(resources: Iterable[ResourceSpans]) -> dict[str, Any]:
    """Return the OTLP JSON document: ids in hex, as the OTLP specification wants them, unlike protobuf's own JSON."""
    from google.protobuf.json_format import MessageToDict

    document = {"resourceSpans": [MessageToDict(resource) for resource in resources]}
    for span in _raw_spans(document["resourceSpans"]):
        for key in _IDS:
            if key in span:
                span[key] = base64.b64decode(span[key]).hex()
    return document


def from_json(resources: Iterable[dict[str, Any]]) -> list[Span]:
    """Return the spans of OTLP JSON resource spans, by start."""
    spans = [
        _span(raw, _attributes(resource.get("resource", {})).get("service.name", ""))
        for resource in resources
        for raw in _raw_spans([resource])
    ]
    return sorted(spans, key=lambda span: (span.start_ns, -span.end_ns))


def _raw_spans(resources: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for resource in resources:
        for scope in resource.get("scopeSpans", []):
            yield from scope.get("spans", [])


def _span(raw: dict[str, Any], service: str) -> Span:
    return Span(
        trace_id=raw["traceId"],
        span_id=raw["spanId"],
        parent_id=raw.get("parentSpanId", ""),
        name=raw.get("name", ""),
        service=service,
        kind=_kind(raw.get("kind", 0)),
        start_ns=int(raw.get("startTimeUnixNano", 0)),
        end_ns=int(raw.get("endTimeUnixNano", 0)),
        attributes=_attributes(raw),
    )


def _kind(told: str | int) -> str:
    """A name by protobuf's JSON, a number by OTLP's."""
    if isinstance(told, str):
        return told.removeprefix("SPAN_KIND_").lower()
    return _KINDS[told] if 0 <= told < len(_KINDS) else str(told)


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: _value(one.get("value", {})) for one in holder.get("attributes", [])}


def _value(value: dict[str, Any]) -> Any:
    """Return an OTLP AnyValue of a scalar type; 64-bit integers are text in JSON."""
    kind, content = next(iter(value.items()), ("stringValue", ""))
    return int(content) if kind == "intValue" else content
