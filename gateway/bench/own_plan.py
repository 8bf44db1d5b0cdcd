"""The plan of a project: its own kernels at three sizes that come from each one's input. Pure.

How long and how often is measured comes from a plan file; its scenarios are ours and are left out.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from gateway.verify.pieces import LINES, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.bench.requests import Inputs
    from gateway.project import OwnKernel

ROUTES = ("native", "native/original", "cgo/raw", "uds/msgpack", "grpc-uds/protobuf")
_OF_OUR_KERNELS = ("scenarios", "sweep", "journey")
LARGE_BYTES = 64 << 10
SMALL_BYTES = 64
"""The small size where an input has no lines."""


def content(timing: Mapping[str, Any], own: Mapping[str, OwnKernel], inputs: Inputs) -> dict[str, Any]:
    """Return a plan file's content with the scenarios of the project's kernels in place of its own."""
    scenarios = [
        {
            "kernel": name,
            "sizes": [f"{one} B" for one in sizes(inputs.of(name).content, kernel.cut)],
            "routes": [*ROUTES],
        }
        for name, kernel in own.items()
    ]
    kept = {key: value for key, value in timing.items() if key not in _OF_OUR_KERNELS}
    return {**kept, "name": f"{timing.get('name', 'plan')} of the project", "scenarios": scenarios}


def sizes(text: bytes, cut: str) -> list[int]:
    """Return up to three payloads in bytes: a line, the most that one request carries, and one between.

    The one between is the geometric mean of the others, so that they stand evenly on a logarithmic scale. An input that
    must not be cut is one payload.
    """
    if cut == WHOLE:
        return [len(text)]
    large = min(len(text), LARGE_BYTES)
    small = min(_line_bytes(text) if cut == LINES else SMALL_BYTES, large)
    return sorted({small, round((small * large) ** 0.5), large})


def _line_bytes(text: bytes) -> int:
    lines = text.splitlines(keepends=True)
    return round(median(map(len, lines))) if len(lines) > 1 else SMALL_BYTES
