"""What a run says in figures: each case, each scenario, and whether the run agrees with itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench import floors, histogram, stage_profile, tracing_price
from gateway.bench.beside import besides
from gateway.bench.control import pair
from gateway.bench.estimators import BoundaryEstimate, estimates
from gateway.bench.intervals import Interval, ratio_interval
from gateway.bench.manifest import DIFFERS
from gateway.bench.per_round import Matrix, PerRound, per_round
from gateway.bench.resources import Resources, resources
from gateway.bench.rounds import OFF
from gateway.wire.routes import is_proxied

if TYPE_CHECKING:
    from gateway.bench.beside import Beside
    from gateway.bench.floors import Floor
    from gateway.bench.folder import Run
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Case, Scenario
    from gateway.bench.stage_profile import Bands, StageFigures, StageProfile, StampedCalls
    from gateway.bench.tables import Blocks

__all__ = ["CaseSummary", "PerRound", "ScenarioSummary", "Summary", "per_round", "summarise"]


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case without stamps, over all rounds.

    Times are ns a call; `deciding_ns` is what verdicts are made of (`PerRound`); `curve_ns` has (share, time) pairs as
    far as the samples carry them. `p50_ns` is the median over rounds of each round's median; the other percentiles pool
    all rounds and are there only where the samples carry them. CPU is that of every process of the call. `speed_up` and
    `cpu_speed_up` are the best Go's deciding time or CPU over this case's, within rounds. `floor` is the case beside
    the least that its placement can cost, `reference` beside what one would write by hand over its channel.
    `stage_quantiles` has (p10, p50, p90, p99) in ns, NaN where the calls do not carry one; `tracing` the time of a mode
    over that of off, `tracing_ns` what it is more.
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
    floor: Floor | None
    reference: Floor | None
    resources: Resources
    bands: Bands | None
    stage_quantiles: dict[str, tuple[float, ...]]
    tracing: dict[str, Interval]
    tracing_ns: dict[str, Interval]

    @property
    def stages(self) -> StageProfile | None:
        """Where the time of the typical call went."""
        return self.bands.p50 if self.bands else None

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
    """A whole run. `control` is the A/A ratio: the same case twice in every round, so it should be 1.

    `control_rounds` is that ratio in each round, NaN where a measurement is missing.

    `references` are the echoes written by hand, `composed` the routes into containers; no scenario counts either among
    its cases. `estimates` are what the boundary of each route costs, where the plan has the cases that tell it;
    `beside` is each route to a process of the host beside the same one into a container.
    """

    scenarios: tuple[ScenarioSummary, ...]
    control: Interval
    control_name: str
    rounds: int
    disturbed_rounds: int
    references: tuple[CaseSummary, ...] = ()
    estimates: tuple[BoundaryEstimate, ...] = ()
    control_rounds: tuple[float, ...] = ()
    composed: tuple[CaseSummary, ...] = ()
    beside: tuple[Beside, ...] = ()


def summarise(run: Run) -> Summary:
    """Compute the summary of a run from its tables."""
    manifest, measured = run.manifest, _Measured.of(run)
    plan = manifest.plan
    cases = {index: _case(index, measured) for index, case in enumerate(plan.cases) if not case.control}
    control, name, ratios = _control(manifest, measured.off.deciding)
    return Summary(
        scenarios=tuple(_scenario(one, cases, measured) for one in plan.scenarios),
        control=control,
        control_name=name,
        rounds=len(manifest.rounds),
        disturbed_rounds=sum(one.disturbed for one in manifest.rounds),
        references=tuple(one for one in cases.values() if one.case.is_reference),
        estimates=estimates(plan, measured.off.medians, measured.stamped, _clock_read_ns(manifest)),
        control_rounds=tuple(ratios.tolist()),
        composed=tuple(one for one in cases.values() if one.case.target),
        beside=besides(plan.cases, manifest.agreement, measured.off),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    """A run's tables as what every case is computed from."""

    manifest: Manifest
    blocks: Blocks
    off: PerRound
    modes: dict[str, Matrix]
    stamped: dict[int, StampedCalls]
    stages: dict[int, StageFigures]
    best_go: dict[Scenario, int]

    @classmethod
    def of(cls, run: Run) -> _Measured:
        off, stamped = per_round(run), stage_profile.stamped(run.samples)
        traced = [str(mode) for mode in np.unique(run.blocks.mode) if mode != OFF]
        return cls(
            manifest=run.manifest,
            blocks=run.blocks,
            off=off,
            modes={mode: per_round(run, mode).deciding for mode in traced},
            stamped=stamped,
            stages=stage_profile.figures(stamped),
            best_go=_best_go(run.manifest, off.deciding),
        )


def _best_go(manifest: Manifest, deciding: Matrix) -> dict[Scenario, int]:
    """Return the case of the faster Go twin that gives the right bytes, by its index, for each scenario with one."""
    best: dict[Scenario, int] = {}
    for index, case in enumerate(manifest.plan.cases):
        usable = manifest.agreement[index] != DIFFERS and np.isfinite(deciding[index]).any() and not case.control
        if case.placement != "native" or not usable:
            continue
        before = best.get(case.scenario)
        if before is None or _median(deciding[index]) < _median(deciding[before]):
            best[case.scenario] = index
    return best


def _scenario(scenario: Scenario, cases: dict[int, CaseSummary], measured: _Measured) -> ScenarioSummary:
    best_go = measured.best_go.get(scenario)
    mine = tuple(one for one in cases.values() if one.case.scenario == scenario and not one.case.stands_apart)
    return ScenarioSummary(scenario, mine, None if best_go is None else cases[best_go])


def _case(index: int, measured: _Measured) -> CaseSummary:
    plan, blocks, off = measured.manifest.plan, measured.blocks, measured.off
    mine = np.flatnonzero((blocks.case == index) & (blocks.mode == OFF))
    values, counts = histogram.merge([blocks.histogram(block) for block in mine.tolist()])
    used, batch = resources(index, plan.cases[index], blocks), int(blocks.batch[mine].max(initial=1))
    stages, prices = measured.stages.get(index), tracing_price.prices(index, off.deciding, measured.modes)
    best_go = measured.best_go.get(plan.cases[index].scenario)
    return CaseSummary(
        index=index,
        case=plan.cases[index],
        agreement=measured.manifest.agreement[index],
        calls=int(blocks.calls[mine].sum()),
        failures=int(blocks.failures[mine].sum()),
        batch=batch,
        deciding_ns=_median(off.deciding[index]),
        p50_ns=_median(off.medians[index]),
        # The mean of a batch says nothing of how single calls differ.
        percentiles_ns=histogram.carried_percentiles(values, counts) if batch == 1 else {},
        curve_ns=histogram.carried_curve(values, counts) if batch == 1 else (),
        mean_ns=histogram.mean(values, counts),
        throughput_per_s=_median(off.throughput[index]),
        cpu_ns=_median(off.cpu[index]),
        worker_cpu_ns=used.worker_cpu_ns,
        allocated_objects=used.allocated_objects,
        allocated_bytes=used.allocated_bytes,
        speed_up=_against(best_go, index, off.deciding),
        cpu_speed_up=_against(best_go, index, off.cpu),
        floor=floors.floor(index, plan, off.deciding),
        reference=floors.reference(index, plan, off.deciding),
        resources=used,
        bands=stages.bands if stages else None,
        stage_quantiles=stages.quantiles_ns if stages else {},
        tracing={mode: one.ratio for mode, one in prices.items()},
        tracing_ns={mode: one.more_ns for mode, one in prices.items()},
    )


def _against(reference: int | None, index: int, times: Matrix) -> Interval:
    if reference is None:
        return ratio_interval(np.empty(0), np.empty(0))
    return ratio_interval(times[reference], times[index])


def _control(manifest: Manifest, deciding: Matrix) -> tuple[Interval, str, Matrix]:
    control, twin = pair(manifest.plan.cases)
    name = manifest.plan.cases[twin].name
    return ratio_interval(deciding[control], deciding[twin]), name, deciding[control] / deciding[twin]


def _clock_read_ns(manifest: Manifest) -> float:
    """Return the price of a clock read as the driver measured it; 0 where it was not."""
    found = manifest.machine.get("driver_clock_read_ns", 0.0)
    return float(found) if isinstance(found, int | float) else 0.0


def _median(row: Matrix) -> float:
    return float(np.nanmedian(row)) if np.isfinite(row).any() else float("nan")
