"""What a run measured, a row for each case in each round. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.per_round import per_round
from gateway.bench.rounds import OFF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.bench.folder import Run
    from gateway.bench.plan import Case


@dataclass(frozen=True, slots=True)
class Row:
    """One block without tracing; times are ns a call, `deciding_ns` is what ratios and verdicts are made of.

    `target` is compose for a route into a container.
    """

    kernel: str
    size_bytes: int
    mix: bool
    callers: int
    rate_per_s: float
    steps: int
    quota_cpus: float
    route: str
    placement: str
    target: str
    control: bool
    agreement: str
    round: int
    disturbed: bool
    calls: int
    failures: int
    deciding_ns: float
    p50_ns: float
    cpu_ns: float
    throughput_per_s: float
    allocated_bytes: float
    allocated_objects: float


def rows(run: Run) -> Iterator[tuple[Case, Row]]:
    """Yield each block that answered at least one call, by case and round."""
    manifest, blocks, figures = run.manifest, run.blocks, per_round(run)
    mine = np.flatnonzero((blocks.mode == OFF) & (blocks.calls > 0))
    for block in mine[np.lexsort((blocks.round[mine], blocks.case[mine]))].tolist():
        index, at, calls = int(blocks.case[block]), int(blocks.round[block]), int(blocks.calls[block])
        case, place = manifest.plan.cases[index], (index, at)
        one = case.scenario
        yield (
            case,
            Row(
                kernel=one.kernel,
                size_bytes=one.size_bytes,
                mix=one.mix,
                callers=one.callers,
                rate_per_s=one.rate_per_s,
                steps=one.steps,
                quota_cpus=one.quota_cpus,
                route=case.route,
                placement=case.placement,
                target=case.target,
                control=case.control,
                agreement=manifest.agreement[index],
                round=at,
                disturbed=at < len(manifest.rounds) and manifest.rounds[at].disturbed,
                calls=calls,
                failures=int(blocks.failures[block]),
                deciding_ns=float(figures.deciding[place]),
                p50_ns=float(figures.medians[place]),
                cpu_ns=float(figures.cpu[place]),
                throughput_per_s=float(figures.throughput[place]),
                allocated_bytes=float(blocks.allocated_bytes[block]) / calls,
                allocated_objects=float(blocks.allocated_objects[block]) / calls,
            ),
        )
