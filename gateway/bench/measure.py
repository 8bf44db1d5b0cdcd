"""Measures: calibrates each case, then runs round after round. Python sleeps while a block runs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway import machine
from gateway.bench.manifest import RoundNote
from gateway.bench.placement import CpuSets, cpu_sets
from gateway.bench.processes import ProcessUse
from gateway.bench.rounds import OFF, STAMPS, Visit, block_seed, pace, visits
from gateway.bench.tables import block_row, sample_columns
from gateway.gen.bench.v1 import driver_pb2

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Plan
    from gateway.bench.record import Recorder

MODES = {OFF: driver_pb2.MODE_OFF, STAMPS: driver_pb2.MODE_STAMPS}
_CALIBRATION_NS = 10_000_000
_BETWEEN_BLOCKS_NS = 4_000_000
_LONGEST_BLOCK_NS = 5_000_000_000
_ANSWER_WITHIN_S = 60.0
_NS_A_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Meter:
    """Runs blocks of a plan on a bed; remembers where the processes are pinned and how long each case's block is."""

    bed: Bed
    plan: Plan
    cpus: frozenset[int]
    block_ns: dict[int, int] = field(default_factory=dict)
    _pace: float = 1.0
    _pinned: CpuSets | None = None

    def calibrate(self, say: Callable[[str], None]) -> None:
        """Call every case for a moment: warms it up, and finds how long its blocks must be to hold `min_calls`."""
        for index, case in enumerate(self.plan.cases):
            say(case.name)
            measured, _ = self.block(Visit(index, OFF), 0, _CALIBRATION_NS, reservoir=0)
            each_ns = (measured.end_ns - measured.start_ns) / max(1, measured.calls)
            wanted = max(self.plan.block_ns, round(each_ns * self.plan.min_calls))
            self.block_ns[index] = min(wanted, _LONGEST_BLOCK_NS)

    def seconds_left(self, done: int) -> float:
        """Estimate how long the rounds from number `done` on will take, s."""
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

    def block(
        self, visit: Visit, seed: int, duration_ns: int, reservoir: int
    ) -> tuple[driver_pb2.MeasureResponse, int]:
        """Run one block; return what the driver measured, and the CPU time of worker and proxy meanwhile in ns."""
        case, sets = self.plan.cases[visit.case], self.pin(self.plan.cases[visit.case].placement)
        request = driver_pb2.MeasureRequest(
            scenario=case.scenario.name,
            route=case.route,
            callers=case.scenario.callers,
            rate_per_s=case.scenario.rate_per_s,
            duration_ns=duration_ns,
            mode=MODES[visit.mode],
            seed=seed,
            reservoir=reservoir,
            gomaxprocs=sets.gomaxprocs,
            timeout_ns=self.plan.timeout_ns,
        )
        before = self.bed.answering_cpu_ns()
        measured = self.bed.session.driver.Measure(request, timeout=duration_ns / 1e9 + _ANSWER_WITHIN_S)
        return measured, self.bed.answering_cpu_ns() - before

    def _visit(self, visit: Visit, round_index: int, position: int, recorder: Recorder) -> None:
        seed = block_seed(self.plan.seed, round_index, position)
        if self.plan.warmup_ns:
            self.block(visit, seed, self.plan.warmup_ns, reservoir=0)
        duration_ns = round(self.block_ns[visit.case] * self._pace)
        measured, worker_cpu_ns = self.block(visit, seed, duration_ns, self.plan.reservoir)
        recorder.keep(
            block_row(
                visit.case,
                round_index,
                position,
                visit.mode,
                measured,
                ProcessUse(cpu_ns=worker_cpu_ns),
                ProcessUse(),
                self.plan.cases[visit.case].scenario.rate_per_s,
            ),
            sample_columns(visit.case, round_index, visit.mode, measured.records),
        )

    def pin(self, placement: str) -> CpuSets:
        """Give driver and worker the CPUs of the placement, unless they have them already."""
        sets, session = cpu_sets(placement, self.cpus), self.bed.session
        if sets != self._pinned:
            session.pin(session.driver_process, set(sets.driver))
            for kept in (session.worker, session.proxy):
                if kept:
                    session.pin(kept, set(sets.worker))
            self._pinned = sets
        return sets


@dataclass(frozen=True, slots=True)
class Usage:
    """A reading of who used the machine's CPUs so far, ns."""

    at_ns: int
    busy_ns: int
    steal_ns: int
    ours_ns: int

    @classmethod
    def now(cls, bed: Bed) -> Usage:
        """Read it."""
        times = machine.read_cpu_times()
        ours = sum(bed.cpu_ns()) + time.process_time_ns()
        return cls(time.monotonic_ns(), times.busy * _NS_A_TICK, times.steal * _NS_A_TICK, ours)

    def since(self, before: Usage, cpus: int) -> RoundNote:
        """Return the note of a round that began at `before`."""
        foreign = max(0, (self.busy_ns - before.busy_ns) - (self.ours_ns - before.ours_ns))
        return RoundNote(before.at_ns, self.at_ns, self.steal_ns - before.steal_ns, foreign, cpus)
