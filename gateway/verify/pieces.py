"""A user's input as named requests of several sizes."""

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

from gateway.inputs import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (512, 4 << 10, 64 << 10)
"""Sizes in turn: below and above what a worker computes inline, and more than one read."""
LINES, ANYWHERE, WHOLE = "lines", "anywhere", "whole"
"""How an input is cut: after line ends, at any byte, or not at all."""
CUTS = {"redact": LINES, "tokenize": LINES}


@dataclass(frozen=True)
class Piece:
    """Part of the input, named by its place so that no byte of it is shown."""

    name: str
    content: bytes


def cut(content: bytes, how: str) -> "Iterator[Piece]":
    """The whole input in pieces of several sizes; a WHOLE one in a single piece."""
    if how == WHOLE:
        yield Piece(f"all {len(content)} bytes", content)
        return
    cutter = pieces.at_line_ends if how == LINES else pieces.anywhere
    begin = 0
    for size in cycle(SIZES):
        if begin >= len(content):
            return
        part = next(cutter(content[begin : begin + size + 1], size))
        yield Piece(f"bytes {begin} to {begin + len(part) - 1}", part)
        begin += len(part)
