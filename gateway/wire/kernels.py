"""Kernels by name, and their messages."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gateway.errors import unknown
from gateway.wire.lists_generated import KERNELS, KernelSpec

if TYPE_CHECKING:
    from google.protobuf.message import Message

NAMES: tuple[str, ...] = tuple(kernel.name for kernel in KERNELS if not kernel.misbehaves)
"""The kernels that answer; those that misbehave exist for the fault table only."""


def find(name: str) -> KernelSpec:
    """The kernel of that name, or the refusal."""
    found = next((kernel for kernel in KERNELS if kernel.name == name and name in NAMES), None)
    if found is None:
        raise unknown("kernel", name, NAMES)
    return found


def request_type(name: str) -> "type[Message]":
    """The request's message class."""
    return _message(find(name), "Request")


def response_type(name: str) -> "type[Message]":
    """The response's message class."""
    return _message(find(name), "Response")


def request(name: str, content: bytes, **scalars: int) -> "Message":
    """A request whose first bytes field is `content`."""
    message = request_type(name)(**scalars)
    setattr(message, bytes_field(message), content)
    return message


def bytes_field(message: "Message") -> str:
    """Name of the message's first bytes field, which carries its input or its answer."""
    fields: Any = message.DESCRIPTOR.fields
    return next(field.name for field in fields if field.type == field.TYPE_BYTES)


def _message(kernel: KernelSpec, suffix: str) -> "type[Message]":
    module = import_module(f"gateway.gen.{kernel.package}.{kernel.name}_pb2")
    return getattr(module, f"{kernel.name.title()}{suffix}")
