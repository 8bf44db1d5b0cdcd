"""`gateway bench`, step by step: plan, build, prepare, measure, conclude."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import build
from gateway.bench import beside, measuring, mix, own_plan, plan_file, policy, preparing, record, replay, requests
from gateway.bench import folder as folders
from gateway.bench.preparing import Given
from gateway.bench.quota import Quotas
from gateway.progress import Steps
from gateway.report.write import write
from gateway.target import LOCAL, inside

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.plan import Plan, Wishes
    from gateway.config import Common
    from gateway.supervise import Programs

STEPS = 7
"""Those that every run has."""
DEFAULT_SEED = 42
RUNS = Path("runs")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for; `command` is the command that repeats it.

    `plan_is_own` says that the plan file was named: a project's kernels are then measured as it says. `replay` is a run
    whose plan, seed and policy are taken instead. With the target compose routes to processes are measured into
    containers too.
    """

    plan_file: Path
    plan_is_own: bool
    wishes: Wishes
    input_path: Path | None
    out: Path | None
    command: list[str]
    replay: Path | None = None
    target: str = LOCAL


@dataclass(frozen=True, slots=True)
class Ended:
    """How a bench ended; `findings` is None when it was interrupted before anything was measured."""

    findings: Findings | None
    interrupted: bool


def bench(asked: Asked, common: Common) -> Ended:
    """Measure and conclude; raises Refusal or Failure, and leaves nothing running in any case."""
    given = _replayed(asked, common) if asked.replay else _given(asked, common)
    folder = _folder(asked, given.plan)
    programs = build.ensure(common)
    into_containers = any(case.target for case in given.plan.cases)
    steps = Steps(STEPS + bool(given.plan.sweep) + bool(given.plan.journey) + into_containers)
    interrupted = _measure(given, folder, programs, steps)
    return Ended(_findings(folder, steps), interrupted)


def _given(asked: Asked, common: Common) -> Given:
    """Return what is measured: the file's plan, or in a project the file's timing over the project's kernels."""
    seed = DEFAULT_SEED if asked.wishes.seed is None else asked.wishes.seed
    inputs = requests.read(asked.input_path, seed, common.project)
    content = plan_file.load(asked.plan_file)
    if common.project and not asked.plan_is_own:
        content = own_plan.content(content, common.project.kernels, inputs)
    plan = mix.sized(plan_file.parse(content, str(asked.plan_file), asked.wishes, seed), inputs)
    if asked.target != LOCAL:
        plan = beside.doubled(plan, inside=inside.here(), placement=asked.wishes.placement)
    return Given(
        plan, inputs, asked.command, policy.of(common.policy, plan).as_json(), asked.wishes.routes, common.project
    )


def _replayed(asked: Asked, common: Common) -> Given:
    """Return what was measured before: the same plan, seed and policy, on the same input."""
    folder = asked.replay or Path()
    measured = replay.of(folder, asked.input_path)
    inputs = requests.read(asked.input_path, measured.plan.seed, common.project)
    replay.check(folder, measured, inputs)
    return Given(measured.plan, inputs, asked.command, measured.policy, (), common.project)


def _folder(asked: Asked, plan: Plan) -> Path:
    """Return where the run will be written; refused before anything is built when it exists."""
    folder = asked.out or RUNS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{plan.seed}"
    record.refuse_existing(folder)
    return folder


def _measure(given: Given, folder: Path, programs: Programs, steps: Steps) -> bool:
    """Run the steps that need processes; return whether Ctrl-C cut them short."""
    began_s = time.monotonic()
    with ExitStack() as stack:
        bed = preparing.start(programs, given.plan, stack, steps)
        quotas = stack.enter_context(Quotas())
        plan, missing = preparing.available(bed, given, quotas)
        manifest = preparing.manifest(bed, plan, given, programs, missing)
        preparing.load(bed, plan, given.inputs)
        preparing.verify(bed, manifest, steps, given.project)
        meter = preparing.warm_up(bed, manifest, quotas, steps)
        recorder = stack.enter_context(record.Recorder(folder, manifest))
        interrupted = measuring.measure(meter, recorder, programs, given.inputs, steps)
        manifest.took_s = time.monotonic() - began_s
    return interrupted


def _findings(folder: Path, steps: Steps) -> Findings | None:
    """Conclude what the folder holds; a folder in which nothing was measured is removed."""
    with steps.step("conclude and write the report"):
        if not folders.measured(folder):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        return write(folder)
