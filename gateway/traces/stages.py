"""One call's stamps as its stages, by the closed lists of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.wire.lists_generated import HOP_STAGES, STAGES, STAMPS, Stage

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from gateway.gen.bench.v1 import driver_pb2

HOP_STAMPS = tuple(sorted({end for part in HOP_STAGES for end in (part.start, part.end)} - set(STAMPS)))
"""p0 to p3, those of the hop nearest to the caller."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage of one call: when it began after the call's first stamp, and how long it took, in ns."""

    name: str
    offset_ns: int
    duration_ns: int


@dataclass(frozen=True, slots=True)
class CallStages:
    """All stages of one call in their order.

    `total_ns` is the end-to-end time by the client's own clock pair, so that `residual_ns`, what no stage
    explains, can show something. `written_ns` is t3 after the first stamp, None where it was not taken.
    """

    stages: tuple[StageTime, ...]
    total_ns: float
    written_ns: int | None = None

    @property
    def residual_ns(self) -> float:
        """Total minus the sum of the stages, in ns."""
        return self.total_ns - sum(stage.duration_ns for stage in self.stages)


def stages_of(taken: Container[str]) -> Iterator[Stage]:
    """The stages whose two stamps were taken, in their order; a wire stage as its parts where a hop took its own."""
    for stage in STAGES:
        parts = [part for part in HOP_STAGES if part.of == stage.name]
        if parts and all(part.start in taken and part.end in taken for part in parts):
            yield from parts
        elif stage.start in taken and stage.end in taken:
            yield stage


def from_stamps(stamps_ns: Mapping[str, int], total_ns: float) -> CallStages:
    """Turn stamps (`t0` … `t10`, `p0` … `p3`, CLOCK_MONOTONIC ns, 0 where not taken) into stages.

    A stage without both its stamps is left out.
    """
    taken = {name: value for name, value in stamps_ns.items() if value}
    first = min(taken.values(), default=0)
    stages = tuple(
        StageTime(stage.name, taken[stage.start] - first, taken[stage.end] - taken[stage.start])
        for stage in stages_of(taken)
    )
    return CallStages(stages, total_ns, taken["t3"] - first if "t3" in taken else None)


def from_record(records: driver_pb2.Records, index: int = 0) -> CallStages:
    """Take the stages of the `index`-th record; raises IndexError where there is none."""
    stamps = {stamp: _at(getattr(records, f"{stamp}_ns"), index) for stamp in (*STAMPS, *HOP_STAMPS)}
    return from_stamps(stamps, records.total_ns[index])


def _at(column: list[int], index: int) -> int:
    return column[index] if column else 0
