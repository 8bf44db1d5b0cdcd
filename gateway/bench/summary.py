"""What a run says in figures: each case, each scenario, and whether the run agrees with itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gateway.bench import histogram
from gateway.bench.intervals import Interval, ratio_interval
from gateway.bench.manifest import DIFFERS
from gateway.bench.rounds import OFF
from gateway.bench.stage_profile import StageProfile, profiles
from gateway.wire.routes import is_proxied

if TYPE_CHECKING:
    from gateway.bench.folder import Run
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Case, Scenario
    from gateway.bench.tables import Blocks

Matrix = NDArray[np.float64]
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
CURVE = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
"""Shares at which a latency distribution is drawn."""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case without stamps, over all rounds.

    Times are ns a call; `deciding_ns` is what verdicts are made of (`_PerRound`); `curve_ns` has (share, time) pairs as
    far as the samples carry them. `p50_ns` is the median over rounds of each round's median; the other percentiles pool
    all rounds and are there only where the samples carry them. CPU is that of every process of the call. `speed_up` and
    `cpu_speed_up` are the best Go's deciding time or CPU over this case's, within rounds.
    """

    index: int
    case: Case
    agreement: str
    calls: int
    failures: int
    batch: int
    deciding_ns: float
    p50_ns: float
    percentiles_ns: dict[str, float]
    curve_ns: tuple[tuple[float, float], ...]
    mean_ns: float
    throughput_per_s: float
    cpu_ns: float
    worker_cpu_ns: float
    allocated_objects: float
    allocated_bytes: float
    speed_up: Interval
    cpu_speed_up: Interval
    stages: StageProfile | None

    @property
    def comparable(self) -> bool:
        """Whether this case may be compared: it was measured and gives the right bytes."""
        return self.calls > 0 and self.agreement != DIFFERS

    @property
    def recommendable(self) -> bool:
        """Whether a verdict may name its route: behind a proxy lies the same worker that can be called without one."""
        return self.comparable and not is_proxied(self.case.route)


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """The cases of a scenario, in the order of the plan; `best_go` is the better Go, None when none was measured."""

    scenario: Scenario
    cases: tuple[CaseSummary, ...]
    best_go: CaseSummary | None

    def best(self, placement: str) -> CaseSummary | None:
        """Return the fastest case of a placement that a verdict may name."""
        there = [case for case in self.cases if case.case.placement == placement and case.recommendable]
        return min(there, key=lambda case: case.deciding_ns, default=None)

    def by_route(self, route: str) -> CaseSummary | None:
        """Return the case of a route."""
        return next((case for case in self.cases if case.case.route == route), None)


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run. `control` is the A/A ratio: the same case twice in every round, so it should be 1."""

    scenarios: tuple[ScenarioSummary, ...]
    control: Interval
    control_name: str
    rounds: int
    disturbed_rounds: int


def summarise(run: Run) -> Summary:
    """Compute the summary of a run from its tables."""
    manifest, blocks = run.manifest, run.blocks
    per_round = _PerRound(blocks, manifest)
    stages = profiles(run.samples)
    scenarios = tuple(_scenario(one, manifest, blocks, per_round, stages) for one in manifest.plan.scenarios)
    control, name = _control(manifest, per_round.deciding)
    disturbed = sum(one.disturbed for one in manifest.rounds)
    return Summary(scenarios, control, name, len(manifest.rounds), disturbed)


class _PerRound:
    """Times and CPU a call, ns, each of shape (cases, rounds); NaN where a block is missing.

    `deciding` is what ratios and verdicts are made of: the median, or with several callers the mean by throughput.
    """

    def __init__(self, blocks: Blocks, manifest: Manifest) -> None:
        shape = (len(manifest.plan.cases), max(1, len(manifest.rounds)))
        self.medians, self.cpu, self.throughput = (np.full(shape, np.nan) for _ in range(3))
        self.deciding = self.medians.copy()
        for block in np.flatnonzero((blocks.mode == OFF) & (blocks.calls > 0)).tolist():
            place = blocks.case[block], blocks.round[block]
            self.medians[place] = histogram.percentile(*blocks.histogram(block), 0.5)
            self.cpu[place] = _cpu_ns(blocks, block, manifest) / blocks.calls[block]
            self.throughput[place] = blocks.calls[block] / blocks.duration_ns[block] * 1e9
        for index, case in enumerate(manifest.plan.cases):
            by_throughput = case.scenario.by_throughput
            # By Little's law the mean time in the system is the callers over the throughput.
            mean_ns = case.scenario.callers / self.throughput[index] * 1e9
            self.deciding[index] = mean_ns if by_throughput else self.medians[index]


def _cpu_ns(blocks: Blocks, block: int, manifest: Manifest) -> float:
    """Return the CPU time of all processes that take part; an idle worker takes none in a native or in-process call."""
    remote = manifest.plan.cases[blocks.case[block]].placement == "process"
    return float(blocks.driver_cpu_ns[block] + (blocks.worker_cpu_ns[block] if remote else 0))


def _scenario(
    scenario: Scenario, manifest: Manifest, blocks: Blocks, per_round: _PerRound, stages: dict[int, StageProfile]
) -> ScenarioSummary:
    members = [
        index for index, case in enumerate(manifest.plan.cases) if case.scenario == scenario and not case.control
    ]
    best_go = _best_go(members, manifest, per_round.deciding)
    cases = tuple(_case(index, best_go, manifest, blocks, per_round, stages.get(index)) for index in members)
    return ScenarioSummary(scenario, cases, next((case for case in cases if case.index == best_go), None))


def _best_go(members: list[int], manifest: Manifest, deciding: Matrix) -> int | None:
    """Return the index of the faster Go twin that gives the right bytes."""
    twins = [
        index
        for index in members
        if manifest.plan.cases[index].placement == "native"
        and manifest.agreement[index] != DIFFERS
        and np.isfinite(deciding[index]).any()
    ]
    return min(twins, key=lambda index: np.nanmedian(deciding[index]), default=None)


def _case(
    index: int,
    best_go: int | None,
    manifest: Manifest,
    blocks: Blocks,
    per_round: _PerRound,
    stages: StageProfile | None,
) -> CaseSummary:
    mine = np.flatnonzero((blocks.case == index) & (blocks.mode == OFF))
    values, counts = histogram.merge([blocks.histogram(block) for block in mine.tolist()])
    calls, batch = int(blocks.calls[mine].sum()), int(blocks.batch[mine].max(initial=1))
    remote = manifest.plan.cases[index].placement == "process"
    return CaseSummary(
        index=index,
        case=manifest.plan.cases[index],
        agreement=manifest.agreement[index],
        calls=calls,
        failures=int(blocks.failures[mine].sum()),
        batch=batch,
        deciding_ns=_median(per_round.deciding[index]),
        p50_ns=_median(per_round.medians[index]),
        percentiles_ns=_percentiles(values, counts, batch),
        curve_ns=_curve(values, counts, batch),
        mean_ns=histogram.mean(values, counts),
        throughput_per_s=_median(per_round.throughput[index]),
        cpu_ns=_median(per_round.cpu[index]),
        worker_cpu_ns=float(blocks.worker_cpu_ns[mine].sum()) / max(calls, 1) if remote else 0.0,
        allocated_objects=float(blocks.allocated_objects[mine].sum()) / max(calls, 1),
        allocated_bytes=float(blocks.allocated_bytes[mine].sum()) / max(calls, 1),
        speed_up=_against(best_go, index, per_round.deciding),
        cpu_speed_up=_against(best_go, index, per_round.cpu),
        stages=stages,
    )


def _percentiles(values: Matrix, counts: NDArray[np.int64], batch: int) -> dict[str, float]:
    """Return the percentiles that the samples carry; means of batches carry none of single calls."""
    carried = {name: share for name, share in PERCENTILES.items() if histogram.carries(int(counts.sum()), share)}
    return {} if batch > 1 else {name: histogram.percentile(values, counts, one) for name, one in carried.items()}


def _curve(values: Matrix, counts: NDArray[np.int64], batch: int) -> tuple[tuple[float, float], ...]:
    total = int(counts.sum())
    shares = [] if batch > 1 else [share for share in CURVE if histogram.carries(total, max(share, 1 - share))]
    return tuple((share, histogram.percentile(values, counts, share)) for share in shares)


def _against(reference: int | None, index: int, per_round: Matrix) -> Interval:
    if reference is None:
        return ratio_interval(np.empty(0), np.empty(0))
    return ratio_interval(per_round[reference], per_round[index])


def _control(manifest: Manifest, medians: Matrix) -> tuple[Interval, str]:
    cases = manifest.plan.cases
    control = next(index for index, case in enumerate(cases) if case.control)
    twin = next(
        index
        for index, case in enumerate(cases)
        if not case.control and (case.scenario, case.route) == (cases[control].scenario, cases[control].route)
    )
    return ratio_interval(medians[control], medians[twin]), cases[twin].name


def _median(row: Matrix) -> float:
    return float(np.nanmedian(row)) if np.isfinite(row).any() else float("nan")
