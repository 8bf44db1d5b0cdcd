"""The messages as the oracle knows them: written by hand from the protos, so that a defect of the generator shows."""

from __future__ import annotations

from typing import Any, NamedTuple


class Field(NamedTuple):
    """A field: `kind` is the proto type's name, with `repeated ` before it where it is packed."""

    name: str
    number: int
    kind: str


def _fields(*rows: tuple[str, int, str]) -> tuple[Field, ...]:
    return tuple(Field(*row) for row in rows)


PAYLOAD = _fields(("payload", 1, "bytes"))

SCHEMA: dict[str, tuple[Field, ...]] = {
    "kernels.v1.EchoRequest": PAYLOAD,
    "kernels.v1.EchoResponse": PAYLOAD,
    "kernels.v1.SpinRequest": _fields(("steps", 1, "uint64"), ("seed", 2, "uint64"), ("payload", 3, "bytes")),
    "kernels.v1.SpinResponse": _fields(("state", 1, "uint64"), ("payload", 2, "bytes")),
    "kernels.v1.DigestRequest": _fields(("data", 1, "bytes")),
    "kernels.v1.DigestResponse": _fields(("sha256", 1, "bytes")),
    "kernels.v1.RedactRequest": _fields(("text", 1, "bytes")),
    "kernels.v1.RedactResponse": _fields(("text", 1, "bytes")),
    "kernels.v1.TokenizeRequest": _fields(("text", 1, "bytes"), ("count_only", 2, "bool")),
    "kernels.v1.TokenizeResponse": _fields(("count", 1, "uint32"), ("ids", 2, "repeated fixed32")),
    "kernels.v1.TopkRequest": _fields(("query", 1, "bytes"), ("k", 2, "uint32")),
    "kernels.v1.TopkResponse": _fields(("indexes", 1, "repeated fixed32"), ("scores", 2, "repeated sfixed32")),
    "kernels.v1.InflateRequest": _fields(("data", 1, "bytes"), ("max_bytes", 2, "uint64")),
    "kernels.v1.InflateResponse": _fields(("data", 1, "bytes")),
    "kernels.v1.BytesRequest": _fields(("data", 1, "bytes")),
    "kernels.v1.BytesResponse": _fields(("data", 1, "bytes")),
    "faults.v1.SleepRequest": _fields(("duration_ns", 1, "uint64"), ("stubborn", 2, "bool")),
    "faults.v1.SleepResponse": (),
    "faults.v1.PanicRequest": _fields(("message", 1, "bytes")),
    "faults.v1.PanicResponse": (),
    "faults.v1.AbortRequest": (),
    "faults.v1.AbortResponse": (),
    "faults.v1.AllocRequest": _fields(("size", 1, "uint64")),
    "faults.v1.AllocResponse": _fields(("data", 1, "bytes")),
    "faults.v1.AppendRequest": _fields(("call_id", 1, "bytes")),
    "faults.v1.AppendResponse": _fields(("count", 1, "uint64")),
    "wire.v1.Hello": _fields(
        ("contract", 1, "uint32"),
        ("max_message_bytes", 2, "uint64"),
        ("max_frame_bytes", 3, "uint64"),
        ("window_calls", 4, "uint32"),
        ("clock_domain", 5, "bytes"),
    ),
    "wire.v1.CallHeader": _fields(
        ("kernel", 1, "bytes"),
        ("codec", 2, "uint32"),
        ("total_bytes", 3, "uint64"),
        ("deadline_ns", 4, "uint64"),
        ("stamps", 5, "bool"),
        ("trace_context", 6, "bytes"),
        ("tracestate", 7, "bytes"),
    ),
    "wire.v1.Receipt": _fields(
        ("status", 1, "uint32"),
        ("reason", 2, "uint32"),
        ("executed", 3, "uint32"),
        ("total_bytes", 4, "uint64"),
        ("kernel_version", 5, "uint32"),
        ("retry_after_ns", 6, "uint64"),
        ("message", 7, "bytes"),
        ("stamps_ns", 8, "repeated fixed64"),
        ("hops_ns", 9, "repeated fixed64"),
    ),
    "wire.v1.Goaway": _fields(("last_call_id", 1, "uint64"), ("reason", 2, "uint32")),
    "wire.v1.Frame": _fields(("frame", 1, "bytes")),
    "test.v1.Every": _fields(
        ("a_double", 1, "double"),
        ("a_float", 2, "float"),
        ("an_int32", 3, "int32"),
        ("an_int64", 4, "int64"),
        ("a_uint32", 5, "uint32"),
        ("a_uint64", 6, "uint64"),
        ("a_sint32", 7, "sint32"),
        ("a_sint64", 8, "sint64"),
        ("a_fixed32", 9, "fixed32"),
        ("a_fixed64", 10, "fixed64"),
        ("a_sfixed32", 11, "sfixed32"),
        ("a_sfixed64", 12, "sfixed64"),
        ("a_bool", 13, "bool"),
        ("some_bytes", 16, "bytes"),
        ("fixed32s", 20, "repeated fixed32"),
        ("fixed64s", 21, "repeated fixed64"),
        ("sfixed32s", 22, "repeated sfixed32"),
        ("sfixed64s", 23, "repeated sfixed64"),
        ("floats", 24, "repeated float"),
        ("doubles", 25, "repeated double"),
    ),
}

LETTERS = {
    "fixed32": "I",
    "sfixed32": "i",
    "float": "f",
    "fixed64": "Q",
    "sfixed64": "q",
    "double": "d",
}
"""struct's letter of each type of fixed width."""


def value_of(fields: dict, field: Field) -> Any:
    """The field's value, or its type's zero value where `fields` has none."""
    if field.kind.startswith("repeated "):
        return fields.get(field.name, [])
    return fields.get(field.name, {"bytes": b"", "bool": False}.get(field.kind, 0))
