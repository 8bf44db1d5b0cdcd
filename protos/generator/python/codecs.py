"""The msgpack and raw codecs of the pb2 messages, over gateway/wire/codec.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from protos.generator.descriptors import Message


def codec_file(messages: Iterable[Message]) -> str:
    """Text of gateway/wire/codec_generated.py."""
    messages = tuple(messages)
    modules = sorted({(message.package, message.stem) for message in messages})
    imports = "".join(f"from gateway.gen.{package} import {stem}_pb2\n" for package, stem in modules)
    layouts = "".join(_layout(message) for message in messages)
    return f'''# {HEADER}
"""msgpack and raw of the contract's messages (`protos/CODEC.md`)."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import Message

{imports}from gateway.wire import codec
from gateway.wire.codec import Field, MalformedError

__all__ = ["MalformedError", "decode_msgpack", "decode_raw", "encode_msgpack", "encode_raw"]

M = TypeVar("M", bound=Message)

LAYOUTS: dict[type[Message], tuple[Field, ...]] = {{
{layouts}}}


def encode_msgpack(message: Message) -> bytes:
    """The message as msgpack."""
    return codec.encode_msgpack(message, LAYOUTS[type(message)])


def decode_msgpack(cls: type[M], data: bytes) -> M:
    """The message in the bytes, or MalformedError."""
    return codec.decode_msgpack(cls, data, LAYOUTS[cls])


def encode_raw(message: Message) -> bytes:
    """The message as raw."""
    return codec.encode_raw(message, LAYOUTS[type(message)])


def decode_raw(cls: type[M], data: bytes) -> M:
    """The message in the bytes, or MalformedError."""
    return codec.decode_raw(cls, data, LAYOUTS[cls])
'''


def _layout(message: Message) -> str:
    fields = "".join(f'Field("{field.name}", "{field.kind}", {field.repeated}),' for field in message.fields)
    return f"    {message.stem}_pb2.{message.name}: ({fields}),\n"
