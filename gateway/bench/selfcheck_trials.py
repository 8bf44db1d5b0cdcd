"""Runs the trials of a self-check on a bed: a route, a case, the case again, and the case with planted computing.

The kernel `spin` computes for a stated number of steps, so planted work is real work of the worker or of the Go twin.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench import histogram, requests
from gateway.bench.intervals import ratio_interval
from gateway.bench.placement import CpuSets, cpu_sets
from gateway.bench.plan import Scenario
from gateway.bench.rounds import block_seed
from gateway.bench.selfcheck import Trial
from gateway.bench.tables import histogram_of
from gateway.bench.usage import Usage
from gateway.errors import Failure, Refusal
from gateway.gen.bench.v1 import driver_pb2
from gateway.system import usable_cpus
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bench.bed import Bed
    from gateway.bench.requests import Input

KERNEL = "spin"
STEPS = 5_000
"""Of the case: some 10 µs, so that a planted share is many steps also where the boundary costs nothing."""
PAYLOAD_BYTES = 64
ROUNDS = 100
BLOCK_NS = 4_000_000
_CALIBRATION_ROUNDS = 11
_CALIBRATION_STEPS = 20 * STEPS
"""So many that their time stands out of what the boundary itself varies by."""
_QUIET = 0.25
"""The rounds' lower quartile: what others' work did to the rest must not shrink the plant."""
_TIMEOUT_NS = 1_000_000_000
_ANSWER_WITHIN_S = 30.0
_AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Plant:
    """The work planted on a route: steps beside the case's own, and what a call takes by the route, ns."""

    steps: int
    call_ns: float
    step_ns: float


@dataclass(slots=True)
class Trials:
    """Runs trials on a bed; every case is loaded once, every route's plant is measured when it is first tried."""

    bed: Bed
    given: Input
    share: float
    rounds: int
    seed: int
    plants: dict[str, Plant] = field(default_factory=dict)
    done: list[Trial] = field(default_factory=list)
    _loaded: set[int] = field(default_factory=set)
    _pinned: CpuSets | None = None

    def check(self, routes: Sequence[str]) -> None:
        """Refuse a route by which the driver cannot call."""
        why = {one.route: one.unavailable for one in self.bed.describe().routes if one.kernel == KERNEL}
        for route in routes:
            told = why.get(route, "the driver does not know it")
            if told:
                raise Refusal(f"{route} cannot run {KERNEL} here: {told}", "see `gateway doctor`")

    def run(self, count: int, routes: Sequence[str], say: Callable[[str], None]) -> None:
        """Run so many trials, the routes taking turns, and keep them in `done`."""
        for index in range(count):
            route, alarms = routes[index % len(routes)], sum(trial.false_alarm for trial in self.done)
            found = sum(trial.found for trial in self.done)
            say(f"{index} of {count} done, {alarms} false alarms, {found} times found, now by {route}")
            self.done.append(self._trial(index, route))

    def _trial(self, index: int, route: str) -> Trial:
        """Run the rounds of one trial: three blocks each, in random order; the first round only warms up."""
        plant = self._plant(route)
        cases = {"case": STEPS, _AGAIN: STEPS, "planted": STEPS + plant.steps}
        before = Usage.now(self.bed)
        rounds = [self._round(route, cases, block_seed(self.seed, index, at)) for at in range(self.rounds + 1)][1:]
        note = Usage.now(self.bed).since(before, len(usable_cpus()))
        times = {name: np.array([one[name] for one in rounds]) for name in cases}
        return Trial(
            route=route,
            control=ratio_interval(times[_AGAIN], times["case"]),
            planted=ratio_interval(times["planted"], times["case"]),
            disturbed=note.disturbed,
        )

    def _round(self, route: str, cases: dict[str, int], seed: int) -> dict[str, float]:
        """Return the median time of each case's block, ns."""
        order = random.Random(seed).sample(sorted(cases), len(cases))
        return {name: self._block(route, cases[name], block_seed(seed, 0, at)) for at, name in enumerate(order)}

    def _plant(self, route: str) -> Plant:
        """Return the steps that take the share of a call by the route: from the times of a call with few and many."""
        if route not in self.plants:
            cases = {"few": STEPS, "many": _CALIBRATION_STEPS}
            rounds = [self._round(route, cases, block_seed(self.seed, -1, at)) for at in range(_CALIBRATION_ROUNDS)]
            few, many = (float(np.quantile([one[name] for one in rounds], _QUIET)) for name in cases)
            step_ns = (many - few) / (_CALIBRATION_STEPS - STEPS)
            if step_ns <= 0:
                raise Failure(f"{KERNEL} by {route} takes no longer with more to compute", "stop other programs")
            self.plants[route] = Plant(max(1, round(self.share * few / step_ns)), few, step_ns)
        return self.plants[route]

    def _block(self, route: str, steps: int, seed: int) -> float:
        """Let the driver call for one block, pinned as a bench pins it; return the median time of a call, ns."""
        request = driver_pb2.MeasureRequest(
            scenario=self._load(steps),
            route=route,
            callers=1,
            duration_ns=BLOCK_NS,
            mode=driver_pb2.MODE_OFF,
            seed=seed,
            gomaxprocs=self._pin(route).gomaxprocs,
            timeout_ns=_TIMEOUT_NS,
        )
        measured = self.bed.session.driver.Measure(request, timeout=_ANSWER_WITHIN_S)
        if not measured.calls:
            raise Failure(
                f"no call of {KERNEL} by {route} was answered", f"see `gateway call {KERNEL} --route {route}`"
            )
        return histogram.percentile(*histogram_of(measured), 0.5)

    def _pin(self, route: str) -> CpuSets:
        """Give driver and worker the CPUs of the route's placement, unless they have them already."""
        sets = cpu_sets(placement_of(route), usable_cpus())
        if sets != self._pinned:
            self.bed.pin(sets)
            self._pinned = sets
        return sets

    def _load(self, steps: int) -> str:
        """Hand the requests with so many steps to the driver, once; return the scenario's name."""
        scenario = Scenario(KERNEL, PAYLOAD_BYTES, steps=steps)
        if steps not in self._loaded:
            loaded = requests.requests(scenario, self.given)
            load = driver_pb2.LoadRequest(scenario=scenario.name, kernel=KERNEL, requests=loaded)
            self.bed.session.driver.Load(load)
            self._loaded.add(steps)
        return scenario.name
