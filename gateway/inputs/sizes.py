"""Sizes as people write them: `64B`, `4KiB`, `1MiB`."""

import re

from gateway.errors import Refusal

UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20}
LIMIT_BYTES = 4 << 20
"""The message limit of the contract; a payload beyond it is refused by every route."""
REMEDY = "write a number with B, KiB or MiB, such as 64B, 4KiB or 1MiB, from 1B to 4MiB"


def parse_size(text: str) -> int:
    """The size in bytes; refuses what is no size."""
    match = re.fullmatch(r"(\d{1,9})\s*(B|KiB|MiB)?", text.strip(), re.IGNORECASE | re.ASCII)
    if match is None:
        raise Refusal(f"unknown size {text!r}", REMEDY)
    unit = next(factor for name, factor in UNITS.items() if name.lower() == (match[2] or "B").lower())
    size = int(match[1]) * unit
    if not 1 <= size <= LIMIT_BYTES:
        raise Refusal(f"size {text} is out of range", REMEDY)
    return size


def size_label(size: int) -> str:
    """The shortest exact way to write a size: 65536 is 64KiB."""
    name, factor = next(
        (name, factor) for name, factor in reversed(UNITS.items()) if size % factor == 0 and size >= factor
    )
    return f"{size // factor}{name}"
