"""How much faster Rust is than the best Go for our own kernels, here and now: what a rewrite gave elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from gateway.inputs import pieces, shapes
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from gateway.estimate.boundary import Boundary

KERNELS = ("digest", "inflate", "redact", "topk")
SIZE_BYTES = 4 << 10
_TURNS, _BLOCK_NS, _REQUESTS = 5, 10_000_000, 8


@dataclass(frozen=True, slots=True)
class Yardstick:
    """One kernel of ours: best Go over Rust, one thread, the median of a few turns on pieces of the user's input."""

    kernel: str
    speed_up: float


def measure(boundary: Boundary) -> tuple[Yardstick, ...]:
    """Return the ratios of our kernels, by the first route that runs here; fastest last."""
    route = next(iter(boundary.routes()), None)
    found = [_kernel(boundary, kernel, route) for kernel in KERNELS] if route else []
    return tuple(sorted(found, key=lambda one: one.speed_up))


def _kernel(boundary: Boundary, kernel: str, route: str) -> Yardstick:
    name = f"yardstick {kernel}"
    cut = pieces.packed(boundary.content, shapes.sizes(kernel, [SIZE_BYTES])[0], _REQUESTS)
    boundary.load(name, kernel, [shapes.request(kernel, one) for one in cut])
    turns = [
        boundary.median_ns(name, NATIVE, _BLOCK_NS) / max(1.0, boundary.compute_ns(name, route, _BLOCK_NS))
        for _ in range(_TURNS)
    ]
    return Yardstick(kernel, median(turns))
