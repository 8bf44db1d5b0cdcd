"""The steps of `gateway bench` that measure: rounds, sweep, journeys, Go's own benchmark, a traced call a route."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.bench import bimodality, budget, gotest, histogram, journeys, provenance, sampled, sweep
from gateway.bench.manifest import COMPLETE, INTERRUPTED, PLANNED, PRECISION, TIME_BUDGET
from gateway.bench.rounds import OFF

if TYPE_CHECKING:
    from gateway.bench.bed import Bed
    from gateway.bench.manifest import Manifest
    from gateway.bench.measure import Meter
    from gateway.bench.plan import Case
    from gateway.bench.record import Recorder
    from gateway.bench.requests import Inputs
    from gateway.bench.tables import Blocks
    from gateway.progress import Steps
    from gateway.supervise import Programs


def measure(meter: Meter, recorder: Recorder, programs: Programs, inputs: Inputs, steps: Steps) -> bool:
    """Run every step; Ctrl-C ends them and keeps what was measured. Returns whether it did."""
    manifest = recorder.manifest
    try:
        rounds(meter, recorder, steps)
        if manifest.plan.sweep:
            with steps.step("sweep the load") as say:
                sweep.run(meter.bed, manifest.plan, meter, recorder, say)
        if manifest.plan.journey:
            with steps.step("journeys through the service") as say:
                journeys.run(programs, manifest.plan, inputs, recorder, say)
        go_test(meter.bed, inputs, manifest, steps)
        traces(meter.bed, recorder, steps)
    except KeyboardInterrupt:
        manifest.not_reached.append(_cut_short(manifest))
        manifest.ended = INTERRUPTED
        return True
    manifest.state = COMPLETE
    return False


def rounds(meter: Meter, recorder: Recorder, steps: Steps) -> None:
    """Run rounds until the plan, the time budget or the precision ends them."""
    manifest, plan = recorder.manifest, meter.plan
    manifest.first_round_after_s = provenance.seconds_since_process_start()
    throttled_ns = meter.bed.throttled_ns()
    _keep_spans(meter.bed, False)
    with steps.step("rounds") as say:
        began_s = time.monotonic()
        for index in range(plan.rounds):
            left_s = meter.seconds_left(index, time.monotonic() - began_s)
            say(f"round {index + 1} of {plan.rounds}, about {left_s:.0f} s left")
            meter.round(index, recorder)
            manifest.ended = _ended(recorder, index + 1, time.monotonic() - began_s)
            if manifest.ended:
                break
    _keep_spans(meter.bed, True)
    if manifest.target:
        manifest.target["throttled_ns"] = _since(meter.bed.throttled_ns(), throttled_ns)
    blocks, done = recorder.blocks(), len(manifest.rounds)
    found = budget.ratios(blocks, manifest, done) if plan.precision else []
    manifest.not_reached += budget.not_reached(plan, manifest.ended, done, found)
    manifest.bimodal = _bimodal(manifest, blocks)


def go_test(bed: Bed, inputs: Inputs, manifest: Manifest, steps: Steps) -> None:
    """Compare `native` with Go's own benchmark of the same function."""
    with steps.step("compare native with go test -bench"):
        measured = any(scenario.kernel == gotest.KERNEL for scenario in manifest.plan.scenarios)
        manifest.go_test = (
            gotest.compare(bed, inputs.common) if measured else {"why": f"{gotest.KERNEL} is not in the plan"}
        )


def traces(bed: Bed, recorder: Recorder, steps: Steps) -> None:
    """Trace a call a kernel and route."""
    with steps.step("trace a call a route") as say:
        document, recorder.manifest.traces = sampled.sample(bed, recorder.manifest.plan, say)
        if document is not None:
            recorder.spans(document)


def _ended(recorder: Recorder, done: int, spent_s: float) -> str:
    """Return what ends the rounds after so many of them; empty when nothing does."""
    manifest = recorder.manifest
    plan = manifest.plan
    if budget.is_due(plan, done):
        found = budget.ratios(recorder.blocks(), manifest, done)
        if not any(one.wider_than(plan.precision) for one in found):
            return PRECISION
    if done == plan.rounds:
        return PLANNED
    return TIME_BUDGET if budget.time_is_over(plan, done, spent_s) else ""


def _keep_spans(bed: Bed, keeping: bool) -> None:
    """Let spans go while tracing is priced: nobody reads them, and the receiver would take CPU and memory."""
    if bed.receiver:
        bed.receiver.keeping = keeping


def _since(now_ns: dict[str, int], before_ns: dict[str, int]) -> dict[str, int]:
    """Return by service how long its limit held it back meanwhile, ns."""
    return {name: ns - before_ns.get(name, 0) for name, ns in now_ns.items()}


def _bimodal(manifest: Manifest, blocks: Blocks) -> list[str]:
    """Return the names of the cases whose round trips have two modes."""
    names = []
    for index, case in enumerate(manifest.plan.cases):
        mine = (blocks.case == index) & (blocks.mode == OFF) & (blocks.batch == 1)
        if _is_one_round_trip(case) and mine.any():
            parts = [blocks.histogram(block) for block in mine.nonzero()[0].tolist()]
            names += [case.name] if bimodality.is_bimodal(*histogram.merge(parts)) else []
    return names


def _is_one_round_trip(case: Case) -> bool:
    """Whether its calls are alike: one caller, one size, and a wake-up of another process each way."""
    return case.scenario.alone and case.placement == "process" and not case.control


def _cut_short(manifest: Manifest) -> str:
    """Say what Ctrl-C cut: the rounds, or what comes after them."""
    if manifest.ended:
        return "what comes after the rounds"
    return f"{manifest.plan.rounds - len(manifest.rounds)} of {manifest.plan.rounds} rounds"
