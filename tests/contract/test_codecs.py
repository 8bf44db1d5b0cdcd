"""Python's codecs against the golden vectors."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.message import DecodeError, Message

from gateway.wire.codec_generated import (
    LAYOUTS,
    MalformedError,
    decode_msgpack,
    decode_raw,
    encode_msgpack,
    encode_raw,
)
from tests.contract import vectors
from tests.oracle.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSES = {cls.DESCRIPTOR.full_name: cls for cls in LAYOUTS}
ENCODED = vectors.encoded()
MALFORMED = vectors.malformed()


def _decode_protobuf(cls: type[Message], data: bytes) -> Message:
    try:
        return cls.FromString(data)
    except DecodeError as error:
        raise MalformedError(str(error)) from error


ENCODE: dict[str, Callable[[Message], bytes]] = {
    "protobuf": lambda message: message.SerializeToString(deterministic=True),
    "msgpack": encode_msgpack,
    "raw": encode_raw,
}
DECODE: dict[str, Callable[[type[Message], bytes], Message]] = {
    "protobuf": _decode_protobuf,
    "msgpack": decode_msgpack,
    "raw": decode_raw,
}


def message_of(vector: vectors.Encoded) -> Message:
    """The message of a vector's fields."""
    cls = CLASSES[vector.message]
    return cls(**{name: _value(cls, name, value) for name, value in vector.fields.items()})


def _value(cls: type[Message], name: str, value: Any) -> Any:
    field = cls.DESCRIPTOR.fields_by_name[name]
    if isinstance(value, list):
        return [_float(element) if isinstance(element, dict) else element for element in value]
    if field.type == field.TYPE_BYTES:
        return vectors.bytes_of(value)
    return _float(value) if isinstance(value, dict) else value


def _float(value: dict[str, str]) -> float:
    bits = bytes.fromhex(value["bits"])
    return struct.unpack(">f" if len(bits) == 4 else ">d", bits)[0]


def by_name(vector: vectors.Encoded) -> str:
    return vector.name


def by_file(content: dict[str, Any]) -> str:
    return f"{content['message']}-{content['codec']}"


def test_the_vectors_cover_every_message_of_the_contract() -> None:
    assert {vector.message for vector in ENCODED} == set(CLASSES) == set(SCHEMA)


@pytest.mark.parametrize("codec", vectors.CODECS)
@pytest.mark.parametrize("vector", ENCODED, ids=by_name)
def test_a_message_is_written_as_the_oracle_writes_it(vector: vectors.Encoded, codec: str) -> None:
    assert ENCODE[codec](message_of(vector)) == vector.bytes[codec]


@pytest.mark.parametrize("codec", vectors.CODECS)
@pytest.mark.parametrize("vector", ENCODED, ids=by_name)
def test_the_oracles_bytes_are_read_as_the_message(vector: vectors.Encoded, codec: str) -> None:
    assert DECODE[codec](CLASSES[vector.message], vector.bytes[codec]) == message_of(vector)


@pytest.mark.parametrize("content", MALFORMED, ids=by_file)
def test_malformed_bytes_are_refused(content: dict[str, Any]) -> None:
    taken = [case["name"] for case in content["refused"] if not _refused(content, vectors.bytes_of(case["bytes"]))]
    assert not taken


def _refused(content: dict[str, Any], data: bytes) -> bool:
    try:
        DECODE[content["codec"]](CLASSES[content["message"]], data)
    except MalformedError:
        return True
    return False


@pytest.mark.parametrize("content", MALFORMED, ids=by_file)
def test_odd_bytes_are_read_as_the_same_message(content: dict[str, Any]) -> None:
    cls = CLASSES[content["message"]]
    for case in content["accepted"]:
        message = DECODE[content["codec"]](cls, vectors.bytes_of(case["bytes"]))
        assert encode_raw(message) == vectors.bytes_of(case["raw"]), case["name"]


@pytest.mark.parametrize("codec", ["msgpack", "raw"])
@pytest.mark.parametrize("vector", [vector for vector in ENCODED if len(vector.bytes["raw"]) < 400], ids=by_name)
def test_every_cut_of_a_message_is_refused(vector: vectors.Encoded, codec: str) -> None:
    data = vector.bytes[codec]
    for length in range(len(data)):
        with pytest.raises(MalformedError):
            DECODE[codec](CLASSES[vector.message], data[:length])
