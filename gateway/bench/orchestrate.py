"""`gateway bench`, step by step: plan, build, start, verify, calibrate, rounds, traces, findings, report."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import build, machine
from gateway.bench import bed as beds
from gateway.bench import folder as folders
from gateway.bench import gotest, own_plan, provenance, record, requests, sampled
from gateway.bench import plan as plans
from gateway.bench.agreement import agreement
from gateway.bench.manifest import COMPLETE, Manifest
from gateway.bench.measure import Meter
from gateway.bench.placement import cpu_sets
from gateway.errors import Refusal, unknown
from gateway.gen.bench.v1 import driver_pb2
from gateway.progress import Steps
from gateway.report.write import write
from gateway.verify.run import OPTIONAL
from gateway.wire.routes import is_proxied

if TYPE_CHECKING:
    from gateway.bench.bed import Bed
    from gateway.bench.findings import Findings
    from gateway.bench.plan import Case, Plan, Wishes
    from gateway.bench.requests import Inputs
    from gateway.config import Common
    from gateway.project import Project
    from gateway.supervise import Programs

STEPS = 7
RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for; `command` is the command that repeats it.

    `plan_is_own` says that the plan file was named: a project's kernels are then measured as it says.
    """

    plan_file: Path
    plan_is_own: bool
    wishes: Wishes
    seed: int
    input_path: Path | None
    out: Path | None
    command: list[str]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a bench ended; `findings` is None when it was interrupted before anything was measured."""

    findings: Findings | None
    interrupted: bool


def bench(asked: Asked, common: Common) -> Ended:
    """Measure and conclude; raises Refusal or Failure, and leaves nothing running in any case."""
    given = requests.read(asked.input_path, asked.seed, common.project)
    plan = _plan(asked, common.project, given)
    folder = _folder(asked, plan)
    programs = build.ensure(common)
    steps = Steps(STEPS)
    interrupted = _measure(plan, given, folder, programs, asked, steps, common.project)
    return Ended(_findings(folder, steps), interrupted)


def _plan(asked: Asked, project: Project | None, given: Inputs) -> Plan:
    """Return the plan: the file's, or in a project the file's timing over the project's kernels."""
    content = plans.load(asked.plan_file)
    if project and not asked.plan_is_own:
        content = own_plan.content(content, project.kernels, given)
    return plans.parse(content, str(asked.plan_file), asked.wishes, asked.seed)


def _folder(asked: Asked, plan: Plan) -> Path:
    """Return where the run will be written; refused before anything is built when it exists."""
    folder = asked.out or RUNS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{plan.seed}"
    record.refuse_existing(folder)
    return folder


def _measure(
    plan: Plan, given: Inputs, folder: Path, programs: Programs, asked: Asked, steps: Steps, project: Project | None
) -> bool:
    """Run the steps that need processes; return whether Ctrl-C cut the rounds short."""
    began_s = time.monotonic()
    with ExitStack() as stack:
        bed = _start(programs, plan, stack, steps)
        plan, missing = _available(bed, plan, asked.wishes)
        _load(bed, plan, given)
        manifest = _manifest(bed, plan, given, asked, missing)
        _verify(bed, plan, manifest, steps, project)
        meter = _calibrate(bed, plan, steps)
        recorder = stack.enter_context(record.Recorder(folder, manifest))
        interrupted = _rounds(meter, recorder, steps)
        if not interrupted:
            _go_test(bed, plan, given, manifest, steps)
            _traces(bed, plan, recorder, steps)
        manifest.took_s = time.monotonic() - began_s
    return interrupted


def _start(programs: Programs, plan: Plan, stack: ExitStack, steps: Steps) -> Bed:
    with steps.step("start worker and driver"):
        proxied = any(is_proxied(case.route) for case in plan.cases)
        return stack.enter_context(beds.started(programs, proxied=proxied))


def _available(bed: Bed, plan: Plan, wishes: Wishes) -> tuple[Plan, list[dict[str, str]]]:
    """Return the plan without what this machine cannot run, and why; refuses when that was asked for by name."""
    described = bed.describe()
    _check_kernels(plan, [kernel.name for kernel in described.kernels])
    why = {(route.kernel, route.route): route.unavailable for route in described.routes}
    missing = [case for case in plan.cases if _why_not(case, why)]
    for case in missing:
        if case.route in wishes.routes:
            raise Refusal(
                f"{case.route} cannot run {case.scenario.kernel} here: {_why_not(case, why)}", "see `gateway doctor`"
            )
    notes = {(case.scenario.kernel, case.route): _why_not(case, why) for case in missing}
    told = [
        {"kernel": kernel, "route": route, "why": text}
        for (kernel, route), text in notes.items()
        if route not in OPTIONAL  # that a kernel has no second twin is no gap
    ]
    return (plans.without(plan, missing) if missing else plan), told


def _check_kernels(plan: Plan, known: list[str]) -> None:
    """Refuse a kernel that the driver does not have: a project's may name any."""
    for scenario in plan.scenarios:
        if scenario.kernel not in known:
            raise unknown("kernel of the driver", scenario.kernel, known)


def _why_not(case: Case, why: dict[tuple[str, str], str]) -> str:
    return why.get((case.scenario.kernel, case.route), "the driver does not know it")


def _load(bed: Bed, plan: Plan, given: Inputs) -> None:
    """Hand all requests to the driver, so that no block waits for them."""
    for scenario in plan.scenarios:
        loaded = requests.requests(scenario, given.of(scenario.kernel))
        request = driver_pb2.LoadRequest(scenario=scenario.name, kernel=scenario.kernel, requests=loaded)
        bed.session.driver.Load(request)


def _manifest(bed: Bed, plan: Plan, given: Inputs, asked: Asked, missing: list[dict[str, str]]) -> Manifest:
    cpus = frozenset(os.sched_getaffinity(0))
    sets = {placement: cpu_sets(placement, cpus) for placement in ("native", "inproc", "process")}
    return Manifest(
        plan=plan,
        command=asked.command,
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        machine=machine.read().as_json(),
        cpu_sets={name: {"driver": sorted(one.driver), "worker": sorted(one.worker)} for name, one in sets.items()},
        versions=provenance.versions(bed),
        git=provenance.git_state(),
        input=given.describe(),
        not_measured=missing,
    )


def _verify(bed: Bed, plan: Plan, manifest: Manifest, steps: Steps, project: Project | None) -> None:
    with steps.step("verify that every route gives the same bytes") as say:
        manifest.agreement, manifest.differences = agreement(bed, plan, say, project)


def _calibrate(bed: Bed, plan: Plan, steps: Steps) -> Meter:
    with steps.step("calibrate") as say:
        meter = Meter(bed, plan, frozenset(os.sched_getaffinity(0)))
        meter.calibrate(say)
        return meter


def _rounds(meter: Meter, recorder: record.Recorder, steps: Steps) -> bool:
    """Run all rounds; Ctrl-C ends them and keeps what was measured. Returns whether it did."""
    recorder.manifest.first_round_after_s = provenance.seconds_since_process_start()
    with steps.step("rounds") as say:
        try:
            for index in range(meter.plan.rounds):
                say(_left(meter, index))
                meter.round(index, recorder)
        except KeyboardInterrupt:
            return True
    recorder.manifest.state = COMPLETE
    return False


def _left(meter: Meter, index: int) -> str:
    return f"round {index + 1} of {meter.plan.rounds}, about {meter.seconds_left(index):.0f} s left"


def _go_test(bed: Bed, plan: Plan, given: Inputs, manifest: Manifest, steps: Steps) -> None:
    with steps.step("compare native with go test -bench"):
        measured = any(scenario.kernel == gotest.KERNEL for scenario in plan.scenarios)
        manifest.go_test = (
            gotest.compare(bed, given.common) if measured else {"why": f"{gotest.KERNEL} is not in the plan"}
        )


def _traces(bed: Bed, plan: Plan, recorder: record.Recorder, steps: Steps) -> None:
    with steps.step("trace a call a route") as say:
        document, recorder.manifest.traces = sampled.sample(bed, plan, say)
        if document is not None:
            recorder.spans(document)


def _findings(folder: Path, steps: Steps) -> Findings | None:
    """Conclude what the folder holds; a folder in which nothing was measured is removed."""
    with steps.step("conclude and write the report"):
        if not folders.measured(folder):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return write(folder)
