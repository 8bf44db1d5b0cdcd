"""A user's input as named requests of several sizes."""

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from gateway.inputs import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (512, 4 << 10, 64 << 10)
"""Sizes in turn: below and above what a worker computes inline, and more than one read."""
CUT_AT_LINES = frozenset({"redact"})


@dataclass(frozen=True)
class Piece:
    """Part of the input, named by its place so that no byte of it is shown."""

    name: str
    content: bytes


def cut(kernel: str, content: bytes) -> "Iterator[Piece]":
    """The whole input in pieces, for `redact` cut at line ends."""
    cutter = pieces.at_line_ends if kernel in CUT_AT_LINES else pieces.anywhere
    begin = 0
    for size in cycle(SIZES):
        if begin >= len(content):
            return
        part = next(cutter(content[begin : begin + size + 1], size))
        yield Piece(f"bytes {begin} to {begin + len(part) - 1}", part)
        begin += len(part)
