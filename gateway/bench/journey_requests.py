"""A mix of kernels as HTTP requests to the service, as go_service/service/shape.go takes them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from gateway.gen.bench.v1 import journey_pb2
from gateway.inputs import pieces, shapes
from gateway.wire import kernels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

    from gateway.bench.journeys import Part
    from gateway.bench.requests import Inputs

CATALOGUE = "/v1/kernels"
"""The bystander: it lists the kernels and calls none."""
_EACH = 8
"""Different requests a unit of weight."""


def of_mix(mix: Iterable[Part], inputs: Inputs) -> list[journey_pb2.HttpRequest]:
    """Return the requests of the mix, as many of each part as its weight says, different ones of the input."""
    return [
        _posted(part.kernel, content)
        for part in mix
        for content in pieces.packed(inputs.of(part.kernel).content, part.size_bytes, _EACH * part.weight)
    ]


def of_bystander() -> list[journey_pb2.HttpRequest]:
    """Return the bystander's request."""
    return [journey_pb2.HttpRequest(method="GET", target=CATALOGUE)]


def _posted(kernel: str, content: bytes) -> journey_pb2.HttpRequest:
    message = shapes.request(kernel, content)
    body = kernels.bytes_field(message)
    query = urlencode(_scalars(message, body))
    target = f"{CATALOGUE}/{kernel}" + (f"?{query}" if query else "")
    return journey_pb2.HttpRequest(method="POST", target=target, body=getattr(message, body))


def _scalars(message: Message, body: str) -> dict[str, Any]:
    return {field.name: value for field, value in message.ListFields() if field.name != body}
