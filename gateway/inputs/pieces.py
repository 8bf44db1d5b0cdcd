"""Cutting an input into requests. Lines end after a line feed; a carriage return before it belongs to the line."""

from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read(path: "Path") -> bytes:
    """The file's bytes; refuses one that cannot be read or is empty."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal(f"cannot read input {path}", error.strerror or "check the path") from error
    if not content:
        raise Refusal(f"input {path} is empty", "give a file with at least one byte")
    return content


def at_line_ends(content: bytes, size: int) -> "Iterator[bytes]":
    """Consecutive pieces of at most `size` bytes, cut after the last line end that fits, longer lines at `size`.

    The pieces joined are `content` again.
    """
    begin = 0
    while begin < len(content):
        end = begin + size
        if end < len(content):
            line_end = content.rfind(b"\n", begin, end) + 1
            end = line_end if line_end > begin else end
        yield content[begin:end]
        begin = end


def anywhere(content: bytes, size: int) -> "Iterator[bytes]":
    """Consecutive pieces of `size` bytes, the last one shorter."""
    for begin in range(0, len(content), size):
        yield content[begin : begin + size]


def packed(content: bytes, size: int, count: int) -> list[bytes]:
    """`count` requests of exactly `size` bytes each, going round in `content` and each beginning at a line.

    The end of a request may fall into a line: what is priced is the size. An input without line ends begins anywhere.
    """
    ring = content + (content * -(-size // len(content)))[:size]
    requests: list[bytes] = []
    begin = 0
    for _ in range(count):
        requests.append(ring[begin : begin + size])
        begin = _next_line(ring, begin + size) % len(content)
    return requests


def _next_line(content: bytes, begin: int) -> int:
    """Where the first line after `begin` starts; `begin` itself where none does."""
    at = content.find(b"\n", max(0, begin - 1))
    return at + 1 if at >= 0 else begin
