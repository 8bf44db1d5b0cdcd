"""Measures: warms each case up, then runs round after round. Python sleeps while a block runs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.bench import histogram
from gateway.bench.bed import EXPORT_DELAY_MS
from gateway.bench.placement import CpuSets, cpu_sets
from gateway.bench.quota import PERIOD_NS, Quotas
from gateway.bench.rounds import OFF, SAMPLED, STAMPS, UNSAMPLED, Visit, block_seed, pace, visits
from gateway.bench.tables import block_row, histogram_of, sample_columns
from gateway.bench.usage import Usage
from gateway.bench.warmup import WarmUp
from gateway.gen.bench.v1 import driver_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Case, Plan
    from gateway.bench.processes import ProcessUse
    from gateway.bench.record import Recorder

MODES = {
    OFF: driver_pb2.MODE_OFF,
    STAMPS: driver_pb2.MODE_STAMPS,
    UNSAMPLED: driver_pb2.MODE_UNSAMPLED,
    SAMPLED: driver_pb2.MODE_SAMPLED,
}
_WARM_UP_BLOCK_NS = 3_000_000
_WARM_UP_CALLS = 5
_CHOICES = 2
_TELLING_ROUNDS = 5
_BETWEEN_BLOCKS_NS = 4_000_000
_LONGEST_BLOCK_NS = 5_000_000_000
_QUOTA_PERIODS = 3
_ANSWER_WITHIN_S = 60.0
_EXPORTED_S = 1.2 * EXPORT_DELAY_MS / 1e3
"""After so long the worker has sent the spans of a sampled block."""


class Block(NamedTuple):
    """What one block gave: the driver's figures, and what driver and answering processes used."""

    measured: driver_pb2.MeasureResponse
    driver: ProcessUse
    worker: ProcessUse


@dataclass(slots=True)
class Meter:
    """Runs blocks of a plan on a bed; remembers where the processes are pinned and how long each case's block is."""

    bed: Bed
    plan: Plan
    cpus: frozenset[int]
    quotas: Quotas = field(default_factory=Quotas)
    block_ns: dict[int, int] = field(default_factory=dict)
    _batch: dict[int, int] = field(default_factory=dict)
    _pace: float = 1.0
    _pinned: CpuSets | None = None

    def warm_up(self, say: Callable[[str], None]) -> list[dict[str, Any]]:
        """Call every case until it is steady, and find how long its blocks must be; return a note a case."""
        return [self._warm_up(index, say).note(index) for index in range(len(self.plan.cases))]

    def seconds_left(self, done: int, spent_s: float) -> float:
        """Estimate how long the rounds from number `done` on will take: as the first took, before them by the plan."""
        if done >= _TELLING_ROUNDS:
            return spent_s / done * (self.plan.rounds - done)
        left = (visit for index in range(done, self.plan.rounds) for visit in visits(self.plan, index))
        return sum(self.block_ns[visit.case] + self.plan.warmup_ns + _BETWEEN_BLOCKS_NS for visit in left) / 1e9

    def round(self, index: int, recorder: Recorder) -> None:
        """Run all blocks of a round and keep them; its note is kept even when the round is cut short."""
        before = Usage.now(self.bed)
        try:
            for position, visit in enumerate(visits(self.plan, index)):
                self._visit(visit, index, position, recorder)
        finally:
            notes = recorder.manifest.rounds
            notes.append(Usage.now(self.bed).since(before, len(self.cpus)))
            self._pace = pace(self.plan, index + 1, (notes[-1].end_ns - notes[0].start_ns) / 1e9, self._pace)
            recorder.flush()

    def block(self, visit: Visit, seed: int, duration_ns: int, *, with_pss: bool = False) -> Block:
        """Run one block, and read what the processes used outside of its timed part."""
        case = self.plan.cases[visit.case]
        with self.quotas.limited(self.bed.pids(), case.scenario.quota_cpus):
            before = self.bed.answering_use(case)
            measured = self.call(visit, seed, duration_ns, self.plan.reservoir)
            worker = self.bed.answering_use(case, with_pss=with_pss).since(before)
        return Block(measured, self.bed.driver_use(case.target, with_pss=with_pss), worker)

    def call(self, visit: Visit, seed: int, duration_ns: int, reservoir: int = 0) -> driver_pb2.MeasureResponse:
        """Let the driver call for so long, with everything pinned as the case's placement says."""
        case = self.plan.cases[visit.case]
        request = driver_pb2.MeasureRequest(
            scenario=case.scenario.name,
            route=case.route,
            callers=case.scenario.callers,
            rate_per_s=case.scenario.rate_per_s,
            duration_ns=duration_ns,
            mode=MODES[visit.mode],
            seed=seed,
            reservoir=reservoir,
            batch=self._batch.get(visit.case, 0) if visit.mode == OFF else 0,
            gomaxprocs=self.pin(case.placement).gomaxprocs,
            timeout_ns=self.plan.timeout_ns,
        )
        return self.bed.measure(request, case.target, duration_ns / 1e9 + _ANSWER_WITHIN_S)

    def pin(self, placement: str) -> CpuSets:
        """Give driver and worker the CPUs of the placement, unless they have them already."""
        sets = cpu_sets(placement, self.cpus, self.plan.placement)
        if sets != self._pinned:
            self.bed.pin(sets)
            self._pinned = sets
        return sets

    def _warm_up(self, index: int, say: Callable[[str], None]) -> WarmUp:
        """Warm one case up; its block is then long enough for `min_calls`, and under a quota for some periods."""
        case, warm_up, each_ns = self.plan.cases[index], WarmUp(), 0.0
        say(case.name)
        with self.quotas.limited(self.bed.pids(), case.scenario.quota_cpus):
            while not warm_up.ended:
                began_ns = time.monotonic_ns()
                measured = self.call(Visit(index, OFF), len(warm_up.times_ns), _warm_up_ns(case))
                warm_up.add(_time_ns(case, measured), time.monotonic_ns() - began_ns)
                each_ns = (measured.end_ns - measured.start_ns) / max(1, measured.calls)
                if len(warm_up.times_ns) == _CHOICES:  # from now on as chosen when warm: choosing takes its time
                    self._batch[index] = measured.batch
        wanted_ns = max(self.plan.block_ns, _least_ns(case), round(each_ns * self.plan.min_calls))
        self.block_ns[index] = min(wanted_ns, _LONGEST_BLOCK_NS)
        return warm_up

    def _visit(self, visit: Visit, round_index: int, position: int, recorder: Recorder) -> None:
        case, seed = self.plan.cases[visit.case], block_seed(self.plan.seed, round_index, position)
        if self.plan.warmup_ns:
            self.call(visit, seed, self.plan.warmup_ns)
        duration_ns = max(_least_ns(case), round(self.block_ns[visit.case] * self._pace))
        # PSS walks every mapping of a process, some ms: read as often as stamps are.
        with_pss = visit.mode == OFF and round_index % self.plan.stamps_every == 0
        block = self.block(visit, seed, duration_ns, with_pss=with_pss)
        if visit.mode == SAMPLED:
            time.sleep(_EXPORTED_S)  # so that no other block pays for the export
        recorder.keep(
            block_row(visit.case, round_index, position, visit.mode, *block, rate_per_s=case.scenario.rate_per_s),
            sample_columns(visit.case, round_index, visit.mode, block.measured.records),
        )


def _least_ns(case: Case) -> int:
    """Return how long a block must be at least: under a quota some periods, of which the first is free."""
    return _QUOTA_PERIODS * PERIOD_NS if case.scenario.quota_cpus else 0


def _warm_up_ns(case: Case) -> int:
    """Return the length of a block of warm-up: some calls at an open loop's rate, a period of a quota."""
    rate = case.scenario.rate_per_s
    paced_ns = round(_WARM_UP_CALLS / rate * 1e9) if rate else 0
    return max(_WARM_UP_BLOCK_NS, paced_ns, PERIOD_NS if case.scenario.quota_cpus else 0)


def _time_ns(case: Case, measured: driver_pb2.MeasureResponse) -> float:
    """Return the time a call of a block as verdicts take it, ns; 0 when no call was answered."""
    if not measured.calls:
        return 0.0
    if case.scenario.by_throughput:
        return case.scenario.callers * (measured.end_ns - measured.start_ns) / measured.calls
    return histogram.percentile(*histogram_of(measured), 0.5)
