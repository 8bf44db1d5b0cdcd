"""The messages of the contract as plain records; a message that is not flat is refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

UNSIGNED = frozenset({"uint32", "uint64", "fixed32", "fixed64"})
SIGNED = frozenset({"int32", "int64", "sint32", "sint64", "sfixed32", "sfixed64"})
SCALARS = UNSIGNED | SIGNED | {"bool", "float", "double"}
WIDTHS = {"fixed32": 4, "sfixed32": 4, "float": 4, "fixed64": 8, "sfixed64": 8, "double": 8}


class NotFlatError(ValueError):
    """A message that CODEC.md has no form for; the text names the field and the rule."""


@dataclass(frozen=True)
class Field:
    """One field; `kind` is the proto type's name, `doc` its comment on one line."""

    name: str
    number: int
    kind: str
    repeated: bool
    doc: str

    @property
    def is_content(self) -> bool:
        """True for what raw writes behind the lengths: bytes and repeated fields."""
        return self.repeated or self.kind == "bytes"


@dataclass(frozen=True)
class Message:
    """One flat message, fields in the order of their numbers."""

    package: str
    stem: str
    name: str
    fields: tuple[Field, ...]
    doc: str

    @property
    def full_name(self) -> str:
        """Name with its package, as in `kernels.v1.SpinRequest`."""
        return f"{self.package}.{self.name}"

    @property
    def scalars(self) -> tuple[Field, ...]:
        """Fields that raw writes first."""
        return tuple(field for field in self.fields if not field.is_content)

    @property
    def contents(self) -> tuple[Field, ...]:
        """Fields that raw writes behind the lengths."""
        return tuple(field for field in self.fields if field.is_content)


def messages_of(files: FileDescriptorSet, package: str) -> tuple[Message, ...]:
    """All messages of a package in the order of their files, or NotFlatError."""
    return tuple(
        _message(file, index, message)
        for file in files.file
        if file.package == package
        for index, message in enumerate(file.message_type)
    )


def _message(file: FileDescriptorProto, index: int, message: DescriptorProto) -> Message:
    where = f"{file.package}.{message.name}"
    if message.nested_type or message.enum_type or message.oneof_decl:
        raise NotFlatError(
            f"{file.name}: {where} has a nested type, map, oneof or optional field; make it flat (CODEC.md)"
        )
    docs = _comments(file)
    fields = tuple(
        _field(f"{file.name}: {where}.{field.name}", field, docs.get((4, index, 2, position), ""))
        for position, field in enumerate(message.field)
    )
    return Message(
        package=file.package,
        stem=file.name.rsplit("/", 1)[-1].removesuffix(".proto"),
        name=message.name,
        fields=tuple(sorted(fields, key=lambda field: field.number)),
        doc=docs.get((4, index), ""),
    )


def _field(where: str, field: FieldDescriptorProto, doc: str) -> Field:
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    repeated = field.label == FieldDescriptorProto.LABEL_REPEATED
    if kind not in SCALARS | {"bytes"}:
        raise NotFlatError(f"{where} is of type {kind}; take a scalar or bytes (CODEC.md)")
    if repeated and kind not in WIDTHS:
        raise NotFlatError(f"{where} is of type repeated {kind}; take an element of fixed width (CODEC.md)")
    if field.options.HasField("packed") and not field.options.packed:
        raise NotFlatError(f"{where} is not packed; drop the option (CODEC.md)")
    return Field(field.name, field.number, kind, repeated, doc)


def _comments(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {
        tuple(location.path): re.sub(r"\s+", " ", location.leading_comments).strip()
        for location in file.source_code_info.location
    }
