"""Kernels by name, and their messages."""

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gateway.errors import unknown
from gateway.wire.lists_generated import KERNELS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

NAMES: tuple[str, ...] = tuple(kernel.name for kernel in KERNELS if not kernel.misbehaves)
"""The kernels that answer; those that misbehave exist for the fault table only."""

BYTES = "bytes"
"""Stem of the messages of every kernel without a proto of its own; protos/kernels/v1/bytes.md."""
PACKAGE = "kernels.v1"


def check(name: object, own: "Iterable[str]" = ()) -> str:
    """The name, when it is of a kernel of ours or one of `own`; else the refusal."""
    known = (*own, *NAMES)
    if not isinstance(name, str) or name not in known:
        raise unknown("kernel", str(name), known)
    return name


def is_bytes_name(name: str) -> bool:
    """Whether a kernel without a proto may have the name; protos/kernels/v1/bytes.md."""
    return re.fullmatch(r"[a-z][a-z0-9-]{0,63}", name) is not None


def request_type(name: str) -> "type[Message]":
    """The request's message class; a kernel that is in no list has no proto of its own."""
    return _message(name, "Request")


def response_type(name: str) -> "type[Message]":
    """The response's message class, likewise."""
    return _message(name, "Response")


def request(name: str, content: bytes, **scalars: int) -> "Message":
    """A request whose first bytes field is `content`."""
    message = request_type(name)(**scalars)
    setattr(message, bytes_field(message), content)
    return message


def bytes_field(message: "Message") -> str:
    """Name of the message's first bytes field, which carries its input or its answer."""
    fields: Any = message.DESCRIPTOR.fields
    return next(field.name for field in fields if field.type == field.TYPE_BYTES)


def payload(kernel: str, response: bytes) -> bytes:
    """What a response (protobuf) of the kernel carries in its first bytes field."""
    message = response_type(kernel).FromString(response)
    return getattr(message, bytes_field(message))


def _message(name: str, suffix: str) -> "type[Message]":
    stem = name if name in NAMES else BYTES
    module = import_module(f"gateway.gen.{PACKAGE}.{stem}_pb2")
    return getattr(module, f"{stem.title()}{suffix}")
