"""One call's stamps as its stages, by the closed lists of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.wire.lists_generated import STAGES, STAMPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.gen.bench.v1 import driver_pb2


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


def from_stamps(stamps_ns: Mapping[str, int], total_ns: float) -> CallStages:
    """Turn stamps (`t0` … `t10`, CLOCK_MONOTONIC ns, 0 where not taken) into stages.

    A stage without both its stamps is left out.
    """
    taken = [value for value in stamps_ns.values() if value]
    first = min(taken, default=0)
    stages = tuple(
        StageTime(stage.name, stamps_ns[stage.start] - first, stamps_ns[stage.end] - stamps_ns[stage.start])
        for stage in STAGES
        if stamps_ns[stage.start] and stamps_ns[stage.end]
    )
    return CallStages(stages, total_ns, stamps_ns["t3"] - first if stamps_ns["t3"] else None)


def from_record(records: driver_pb2.Records, index: int = 0) -> CallStages:
    """Take the stages of the `index`-th record; raises IndexError where there is none."""
    stamps = {stamp: _at(getattr(records, f"{stamp}_ns"), index) for stamp in STAMPS}
    return from_stamps(stamps, records.total_ns[index])


def _at(column: list[int], index: int) -> int:
    return column[index] if column else 0
