"""The figures of an estimate as they were measured, a value a round. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from gateway.bench.verdict import PROCESS
from gateway.estimate.boundary import Crossing, sizes_of
from gateway.wire.routes import placement_of

LEAST_NS = 1.0
"""A boundary is never less: ratios need a positive one."""
Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answered:
    """A payload as the function took it: sizes are means of the pieces that it answered."""

    name: str
    pieces: int
    left_out: int
    request_bytes: int
    reply_bytes: int
    changes_input: bool
    is_mix: bool


@dataclass(slots=True)
class Times:
    """A payload's blocks, one a round: ns, objects and bytes a call."""

    median_ns: list[float] = field(default_factory=list)
    mean_ns: list[float] = field(default_factory=list)
    objects: list[float] = field(default_factory=list)
    allocated_bytes: list[float] = field(default_factory=list)
    collector_ns: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Measured:
    """All blocks.

    `crossings` are whole calls of a kernel that computes for a known time, `computes` that time by its own clock, from
    some of the rounds; `steps` is that time a payload; `control` is the first payload's median once more in each round.
    """

    answered: tuple[Answered, ...]
    steps: tuple[int, ...]
    routes: tuple[str, ...]
    times: list[Times] = field(default_factory=list)
    control: list[float] = field(default_factory=list)
    crossings: dict[Crossing, list[float]] = field(default_factory=dict)
    computes: dict[Crossing, list[float]] = field(default_factory=dict)

    def go_ns(self, index: int) -> Series:
        """Return the function's time a call in each round, shape (rounds,)."""
        return np.array(self.times[index].median_ns)

    def crossings_of(self, index: int, route: str) -> list[Crossing]:
        """Return the crossings whose mean is the boundary of a payload."""
        one = self.answered[index]
        # In process nothing is handed over and nobody sleeps: the boundary is the same beside no computing at all.
        steps = self.steps[index] if placement_of(route) == PROCESS else 0
        return [Crossing(route, size, steps) for size in sizes_of(one.request_bytes, one.reply_bytes)]

    def boundary_ns(self, index: int, route: str) -> Series:
        """Return what crossing costs for a payload in each round, shape (rounds,)."""
        found = [np.array(self.crossings[one]) - median(self.computes[one]) for one in self.crossings_of(index, route)]
        return np.maximum(np.mean(found, axis=0), LEAST_NS)
