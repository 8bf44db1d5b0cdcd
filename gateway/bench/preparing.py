"""The steps of `gateway bench` before its rounds: start, see what can run, load, verify, warm up."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.bench import bed as beds
from gateway.bench import idle, provenance, requests
from gateway.bench import plan as plans
from gateway.bench.agreement import agreement
from gateway.bench.manifest import Manifest
from gateway.bench.measure import Meter
from gateway.bench.placement import cpu_sets
from gateway.errors import Refusal, unknown
from gateway.gen.bench.v1 import driver_pb2
from gateway.system import usable_cpus
from gateway.target import stack as stacks
from gateway.verify.run import OPTIONAL
from gateway.wire.routes import is_proxied

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Case, Plan
    from gateway.bench.quota import Quotas
    from gateway.bench.requests import Inputs
    from gateway.progress import Steps
    from gateway.project import Project
    from gateway.supervise import Programs
    from gateway.target.stack import Reached

_NOT_STEADY_NAMED = 3
_UNKNOWN = "the driver does not know it"


@dataclass(frozen=True, slots=True)
class Given:
    """What a run is made of before anything was started: its plan, its inputs, the command, the verdicts' policy.

    `named` are the routes that were asked for by name: one that cannot run is then refused, not left out.
    """

    plan: Plan
    inputs: Inputs
    command: list[str]
    policy: dict[str, Any]
    named: tuple[str, ...]
    project: Project | None


def start(programs: Programs, plan: Plan, stack: ExitStack, steps: Steps) -> Bed:
    """Start worker and driver, and proxy, references and a driver of containers where a case needs them."""
    reached = _reach(plan, stack, steps)
    with steps.step("start worker and driver"):
        proxied = any(is_proxied(case.route) for case in plan.cases if not case.is_reference)
        references = any(case.is_reference for case in plan.cases)
        return stack.enter_context(beds.started(programs, proxied=proxied, references=references, stack=reached))


def _reach(plan: Plan, stack: ExitStack, steps: Steps) -> Reached | None:
    """Return the stack of containers where a case leads into one; the step's name tells whether it ran already."""
    if not any(case.target for case in plan.cases):
        return None
    with ExitStack() as step:

        def say(found: str) -> None:
            step.enter_context(steps.step(found))

        return stack.enter_context(stacks.reached(len(usable_cpus()), say, measured=True))


def available(bed: Bed, given: Given, quotas: Quotas) -> tuple[Plan, list[dict[str, str]]]:
    """Return the plan without what this machine cannot run, and why; refuses when that was asked for by name."""
    described, plan = bed.describe(), given.plan
    _check_kernels(plan, [kernel.name for kernel in described.kernels])
    why = {target: _reasons(bed.describe(target), quotas) for target in {case.target for case in plan.cases}}
    missing = {case: text for case in plan.cases if (text := why[case.target](case))}
    for case, text in missing.items():
        if case.route in given.named:
            raise Refusal(f"{case.route} cannot run {case.scenario.kernel} here: {text}", "see `gateway doctor`")
    # A scenario under a quota is named whole: the same route may well run without.
    subjects = {case: case.scenario.name if case.scenario.quota_cpus else case.scenario.kernel for case in missing}
    told = {(subjects[case], case.route): text for case, text in missing.items() if case.route not in OPTIONAL}
    notes = [{"kernel": kernel, "route": route, "why": text} for (kernel, route), text in told.items()]
    return (plans.without(plan, list(missing)) if missing else plan), notes


def load(bed: Bed, plan: Plan, inputs: Inputs) -> None:
    """Hand all requests to the driver, so that no block waits for them."""
    for scenario in plan.scenarios:
        loaded = requests.requests(scenario, inputs.of(scenario.kernel))
        request = driver_pb2.LoadRequest(scenario=scenario.name, kernel=scenario.kernel, requests=loaded)
        for target in {case.target for case in plan.cases}:
            bed.driven(target).driver.Load(request)


def manifest(bed: Bed, plan: Plan, given: Given, programs: Programs, missing: list[dict[str, str]]) -> Manifest:
    """Return the head of the run as far as it is known before the first call."""
    cpus = usable_cpus()
    sets = {name: cpu_sets(name, cpus, plan.placement) for name in ("native", "inproc", "process")}
    return Manifest(
        plan=plan,
        command=given.command,
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        machine=provenance.machine(bed),
        cpu_sets={name: {"driver": sorted(one.driver), "worker": sorted(one.worker)} for name, one in sets.items()},
        versions=provenance.versions(bed, programs),
        git=provenance.git_state(),
        input=given.inputs.describe(),
        not_measured=missing,
        placement=plan.placement,
        policy=given.policy,
        idle=idle.snapshot(bed),
        facts=provenance.facts(programs),
        target=bed.side.containers.facts() if bed.side else {},
    )


def verify(bed: Bed, found: Manifest, steps: Steps, project: Project | None) -> None:
    """Note which cases give the right bytes."""
    with steps.step("verify that every route gives the same bytes") as say:
        found.agreement, found.differences = agreement(bed, found.plan, say, project)


def warm_up(bed: Bed, found: Manifest, quotas: Quotas, steps: Steps) -> Meter:
    """Warm every case up until it is steady, and note which one did not become so."""
    with steps.step("warm up until steady") as say:
        meter = Meter(bed, found.plan, usable_cpus(), quotas)
        found.warmup = meter.warm_up(say)
    found.not_reached += _unsteady(found)
    return meter


def _check_kernels(plan: Plan, known: list[str]) -> None:
    """Refuse a kernel that the driver does not have: a project's may name any."""
    for scenario in plan.scenarios:
        if scenario.kernel not in known:
            raise unknown("kernel of the driver", scenario.kernel, known)


def _reasons(described: driver_pb2.DescribeResponse, quotas: Quotas) -> Callable[[Case], str]:
    """Return what tells of a case why it cannot be measured here; empty when it can."""
    routes = {(route.kernel, route.route): route.unavailable for route in described.routes}
    references = {f"{plans.REFERENCE}{one.name}": one.unavailable for one in described.references}

    def why(case: Case) -> str:
        known = references.get(case.route) if case.is_reference else routes.get((case.scenario.kernel, case.route))
        limit = case.scenario.quota_cpus
        return (_UNKNOWN if known is None else known) or (quotas.why_not(limit) if limit else "")

    return why


def _unsteady(found: Manifest) -> list[str]:
    names = [found.plan.cases[note["case"]].name for note in found.warmup if not note["steady"]]
    if not names:
        return []
    named = ", ".join(names[:_NOT_STEADY_NAMED]) + (", …" if len(names) > _NOT_STEADY_NAMED else "")
    return [f"a steady warm-up of {len(names)} of {len(found.warmup)} cases: {named}"]
