"""Requests and responses: which method takes a request, and messages as bytes by each codec. Pure."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from gateway.client.error import failed
from gateway.wire.codec_generated import MalformedError, decode_msgpack, decode_raw, encode_msgpack, encode_raw
from gateway.wire.lists_generated import Codec, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

M = TypeVar("M", bound=Message)


class Method(NamedTuple):
    """A unary method: its gRPC path and the class of its response."""

    path: str
    response: type[Message]


@cache
def method_of(request: type[Message]) -> Method:
    """The method that takes this request; raises TypeError for a message that is no kernel's request."""
    descriptor: Any = request.DESCRIPTOR
    for service in descriptor.file.services_by_name.values():
        for method in service.methods:
            if method.input_type is descriptor:
                return Method(f"/{service.full_name}/{method.name}", GetMessageClass(method.output_type))
    raise TypeError(f"{descriptor.full_name} is no kernel's request")


def encoded(message: Message, codec: Codec) -> bytes:
    """The message as bytes."""
    return _ENCODE[codec](message)


def decoded(cls: type[M], data: bytes, codec: Codec) -> M:
    """The message in the bytes; raises CallError for a reply that is none."""
    try:
        return cls.FromString(data) if codec is Codec.PROTOBUF else _DECODE[codec](cls, data)
    except (DecodeError, MalformedError) as error:
        raise failed(Reason.MALFORMED_REPLY, str(error)) from error


_ENCODE: dict[Codec, Callable[[Message], bytes]] = {
    Codec.PROTOBUF: lambda message: message.SerializeToString(),
    Codec.MSGPACK: encode_msgpack,
    Codec.RAW: encode_raw,
}
_DECODE: dict[Codec, Callable[[type[Any], bytes], Any]] = {Codec.MSGPACK: decode_msgpack, Codec.RAW: decode_raw}
