"""Every vector file as text: path below `protos/vectors/` → content."""

from __future__ import annotations

import re
from importlib import import_module

from tests.oracle import frames, malformed
from tests.oracle.encode import CODECS, encode
from tests.oracle.messages import MESSAGES
from tests.oracle.refusal import InvalidInputError
from tests.oracle.schema import SCHEMA
from tests.oracle.texts import bytes_of, text_of, value_of

KERNELS = ("echo", "spin", "digest", "redact", "tokenize", "topk", "inflate")
INVALID_INPUT = {"status": "INVALID_ARGUMENT", "reason": "INVALID_INPUT"}


def files() -> dict[str, str]:
    """All of them."""
    return {**_kernels(), **_messages(), **_frames(), **_malformed()}


def _kernels() -> dict[str, str]:
    return {
        f"{kernel}/{case}.json": text_of(_answered(kernel, request))
        for kernel in KERNELS
        for case, request in import_module(f"tests.oracle.{kernel}").CASES.items()
    }


def _answered(kernel: str, request: dict) -> dict:
    package = f"kernels.v1.{kernel.title()}"
    asked = {"kernel": kernel, "request": _encoded(f"{package}Request", request)}
    try:
        response = import_module(f"tests.oracle.{kernel}").answer(request)
    except InvalidInputError:
        return {**asked, "error": INVALID_INPUT}
    return {**asked, "response": _encoded(f"{package}Response", response)}


def _messages() -> dict[str, str]:
    return {f"{name}.json": text_of(_encoded(message, fields)) for name, (message, fields) in MESSAGES.items()}


def _encoded(message: str, fields: dict) -> dict:
    kinds = {field.name: field.kind for field in SCHEMA[message]}
    return {
        "message": message,
        "fields": {name: value_of(kinds[name], value) for name, value in fields.items()},
        **{codec: bytes_of(encode(codec, message, fields)) for codec in CODECS},
    }


def _frames() -> dict[str, str]:
    good = {f"frames/{name}.json": text_of(_frame(frame)) for name, frame in frames.FRAMES.items()}
    refused = [
        {"name": name, "rule": bad.rule, "sender": bad.sender, "bytes": bytes_of(bad.data)}
        for name, bad in frames.REFUSED.items()
    ]
    return {**good, "malformed/frames.json": text_of({"refused": refused})}


def _frame(frame: frames.Frame) -> dict:
    return {
        "sender": frame.sender,
        "type": frame.type,
        "flags": frame.flags,
        "call_id": frame.call_id,
        "header": bytes_of(frame.header_bytes),
        "payload": bytes_of(frame.payload),
        "bytes": bytes_of(frames.encode(frame)),
    }


def _malformed() -> dict[str, str]:
    return {
        f"malformed/{_snake(message)}_{codec}.json": text_of(_bad(codec, message))
        for message in malformed.SAMPLES
        for codec in CODECS
    }


def _snake(message: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", message.rsplit(".", maxsplit=1)[-1]).lower()


def _bad(codec: str, message: str) -> dict:
    refused, accepted = malformed.cases(codec, message)
    return {
        "message": message,
        "codec": codec,
        "refused": [{"name": name, "bytes": bytes_of(data)} for name, data in refused],
        "accepted": [
            {"name": name, "bytes": bytes_of(data), "raw": bytes_of(encode("raw", message, fields))}
            for name, data, fields in accepted
        ],
    }
