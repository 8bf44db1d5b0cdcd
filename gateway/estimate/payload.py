"""What the function is called with: the user's input cut into pieces, a set a size. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.inputs import pieces
from gateway.inputs.sizes import LIMIT_BYTES
from gateway.report.quantities import size
from gateway.verify.pieces import LINES, WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence

USUAL_BYTES = (4 << 10, 64 << 10)
A_LINE = "a line"
_NEARLY = 0.9
_MOST_LINES, _MOST, _BUDGET_BYTES = 512, 64, 4 << 20


@dataclass(frozen=True, slots=True)
class Payload:
    """Pieces of about one size, or the input's own lines as they come; `name` is how people call them."""

    name: str
    pieces: tuple[bytes, ...]

    @property
    def mean_bytes(self) -> int:
        """Mean size of a piece."""
        return round(sum(map(len, self.pieces)) / len(self.pieces))

    @property
    def is_mix(self) -> bool:
        """Whether the pieces differ so much that only all of them together have a time."""
        return self.name == A_LINE


def payloads(content: bytes, sizes_bytes: Sequence[int], cut: str) -> tuple[Payload, ...]:
    """The sets of pieces: of the sizes asked for, else single lines, and the usual sizes that the input can fill."""
    if cut == WHOLE:
        return (_whole(content),)
    for one in sizes_bytes:
        _check(one, content)
    sizes = sizes_bytes or [one for one in USUAL_BYTES if one <= len(content)]
    cuts = [Payload(size(one), _of_size(content, one, cut)) for one in sizes]
    lines = _lines(content) if cut == LINES and not sizes_bytes else ()
    found = [*([Payload(A_LINE, lines)] if lines else []), *cuts]
    return tuple(found) or (_whole(content),)


def _whole(content: bytes) -> Payload:
    if len(content) > LIMIT_BYTES:
        raise Refusal(f"the input has {size(len(content))}, and a call {size(LIMIT_BYTES)} at most", "cut it by --size")
    return Payload("the whole file", (content,))


def _check(size_bytes: int, content: bytes) -> None:
    if size_bytes > len(content):
        raise Refusal(
            f"--size {size(size_bytes)} is more than the input's {size(len(content))}",
            "give a smaller one, or more input",
        )


def _of_size(content: bytes, size_bytes: int, cut: str) -> tuple[bytes, ...]:
    """Pieces nearest to the size from below, as many as memory allows; what the end of the input leaves is none."""
    cuts = list((pieces.at_line_ends if cut == LINES else pieces.anywhere)(content, size_bytes))
    found = [piece for piece in cuts if len(piece) >= _NEARLY * size_bytes] or cuts[:-1] or cuts
    most = max(1, min(_MOST, _BUDGET_BYTES // size_bytes))
    return tuple(sorted(found, key=lambda piece: size_bytes - len(piece))[:most])


def _lines(content: bytes) -> tuple[bytes, ...]:
    """Lines without their ends, evenly over the input; none of an input that is one line."""
    lines = [line for line in (one.rstrip(b"\r") for one in content.split(b"\n")) if 0 < len(line) <= USUAL_BYTES[-1]]
    step = max(1, len(lines) // _MOST_LINES)
    return tuple(lines[::step][:_MOST_LINES]) if len(lines) > 1 else ()
