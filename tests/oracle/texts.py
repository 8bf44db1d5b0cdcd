"""How a vector file writes values, and how bytes that repeat stay small.

Bytes are a hex string, or `{"parts": [...]}`: hex strings and `{"repeat": HEX, "times": N}`, to be put together.
A packed field is a list of numbers. A float is `{"bits": HEX}`, its bits big-endian, since JSON has neither
infinities nor a sign of zero.
"""

from __future__ import annotations

import json
import struct
from typing import Any

PLAIN_BYTES = 512
SHORTEST_RUN = 128
LONGEST_UNIT = 8192


def text_of(content: dict) -> str:
    """A vector file."""
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def bytes_of(content: bytes) -> Any:
    """Bytes as a vector file writes them."""
    if len(content) <= PLAIN_BYTES:
        return content.hex()
    return {"parts": _parts(content)}


def value_of(kind: str, value: Any) -> Any:
    """A field's value as a vector file writes it."""
    if kind == "bytes":
        return bytes_of(value)
    if kind.startswith("repeated "):
        return [value_of(kind.removeprefix("repeated "), element) for element in value]
    if kind in ("float", "double"):
        return {"bits": struct.pack(">f" if kind == "float" else ">d", value).hex()}
    return value


def _parts(content: bytes) -> list:
    parts: list = []
    plain = start = 0
    while start < len(content):
        unit, times = _run(content, start)
        if times == 1 or unit * times < SHORTEST_RUN:
            start += 1
            continue
        if plain < start:
            parts.append(content[plain:start].hex())
        parts.append({"repeat": content[start : start + unit].hex(), "times": times})
        start += unit * times
        plain = start
    return [*parts, content[plain:].hex()] if plain < len(content) else parts


def _run(content: bytes, start: int) -> tuple[int, int]:
    """The unit that comes back to back from `start` on, and how often; once where nothing repeats."""
    again = content.find(content[start : start + 8], start + 1, start + LONGEST_UNIT)
    unit = again - start if again > 0 else 1
    first = content[start : start + unit]
    times = 1
    while content.startswith(first, start + times * unit):
        times += 1
    return unit, times
