"""pprof's wire format: the messages of its profile.proto that a ranking needs, built from field numbers.

The format is documented in github.com/google/pprof, proto/profile.proto (read in version of November 2026). Unknown
fields are skipped by protobuf itself. Building the descriptor here spares a vendored file with its generator; `go tool
pprof -raw` would need a Go of the right version beside every profile and prints a text that is nobody's contract.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "sidecar.pprof"
_KINDS = {
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
    "uint64": descriptor_pb2.FieldDescriptorProto.TYPE_UINT64,
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
}
_MESSAGES: dict[str, list[tuple[int, str, str]]] = {
    "ValueType": [(1, "type", "int64"), (2, "unit", "int64")],
    "Sample": [(1, "location_id", "uint64*"), (2, "value", "int64*")],
    "Line": [(1, "function_id", "uint64"), (2, "line", "int64")],
    "Location": [(1, "id", "uint64"), (4, "line", "Line*")],
    "Function": [(1, "id", "uint64"), (2, "name", "int64"), (4, "filename", "int64")],
    "Profile": [
        (1, "sample_type", "ValueType*"),
        (2, "sample", "Sample*"),
        (4, "location", "Location*"),
        (5, "function", "Function*"),
        (6, "string_table", "string*"),
        (10, "duration_nanos", "int64"),
        (11, "period_type", "ValueType"),
        (12, "period", "int64"),
    ],
}
"""Message → (number, name, type); a star is a repeated field. Texts are indexes into string_table."""


def _described() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="sidecar_pprof.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, kind in fields:
            _add(message, number, field, kind)
    return file


def _add(message: descriptor_pb2.DescriptorProto, number: int, name: str, kind: str) -> None:
    plain = kind.removesuffix("*")
    types = descriptor_pb2.FieldDescriptorProto
    label = types.LABEL_REPEATED if kind.endswith("*") else types.LABEL_OPTIONAL
    if plain in _KINDS:
        message.field.add(name=name, number=number, label=label, type=_KINDS[plain])
    else:
        kind_name = f".{_PACKAGE}.{plain}"
        message.field.add(name=name, number=number, label=label, type=types.TYPE_MESSAGE, type_name=kind_name)


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_described())
Profile: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.Profile"))
"""The message class of a profile."""
