"""What is to be measured: scenarios, cases, rounds. Pure; gateway/bench/plan_file.py reads it from a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.bench.placement import SPLIT
from gateway.errors import Refusal
from gateway.report.quantities import size
from gateway.wire.lists_generated import REFERENCES
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.journeys import JourneySpec
    from gateway.bench.sweep import SweepSpec

REFERENCE = "reference/"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Kernel × payload × load. `rate_per_s` 0 is a closed loop; `steps` is the compute of the kernel spin.

    With `mix` payloads have the sizes of the input's own lines and `size_bytes` is their mean. `quota_cpus` is the CPU
    that all processes of a call get together, 0 without a limit.
    """

    kernel: str
    size_bytes: int
    callers: int = 1
    rate_per_s: float = 0.0
    steps: int = 0
    mix: bool = False
    quota_cpus: float = 0.0

    @property
    def alone(self) -> bool:
        """Whether one caller makes calls of one size one after the other, without a quota."""
        return self.callers == 1 and not (self.rate_per_s or self.mix or self.quota_cpus)

    @property
    def by_throughput(self) -> bool:
        """Whether throughput decides: in a closed loop the median of a call leaves out its waiting for a CPU.

        With several callers they wait for each other, under a quota all of them for the next period.
        """
        return not self.rate_per_s and (self.callers > 1 or bool(self.quota_cpus))

    @property
    def name(self) -> str:
        """A name for people and for the driver: `redact 4 KiB`, `redact mix (mean 180 B), 16 callers`."""
        payload = f"mix (mean {size(self.size_bytes)})" if self.mix else size(self.size_bytes)
        steps = [f"{self.steps} steps"] if self.steps else []
        load = [f"{self.rate_per_s:g}/s"] if self.rate_per_s else []
        callers = [f"{self.callers} callers"] if self.callers > 1 and not self.rate_per_s else []
        quota = [f"{self.quota_cpus:g} CPU"] if self.quota_cpus else []
        return ", ".join([f"{self.kernel} {payload}", *steps, *load, *callers, *quota])


@dataclass(frozen=True, slots=True)
class Case:
    """Scenario × route. A control repeats another case, so that the run can be seen to agree with itself.

    `modes` are measured in every round besides off. The route of a reference is `reference/NAME`. `target` is compose
    for a route into a container, empty for processes of the test bed.
    """

    scenario: Scenario
    route: str
    control: bool = False
    modes: tuple[str, ...] = ()
    target: str = ""

    @property
    def name(self) -> str:
        """A name for people: `redact 4 KiB by uds/msgpack`."""
        where = " into a container" if self.target else ""
        return f"{self.scenario.name} by {self.route}{where}" + (" (control)" if self.control else "")

    @property
    def is_reference(self) -> bool:
        """Whether it is an echo written as one would by hand, beside which routes are seen; never a route to choose."""
        return self.route.startswith(REFERENCE)

    @property
    def stands_apart(self) -> bool:
        """Whether no verdict is about it: a reference, or a route into a container."""
        return self.is_reference or bool(self.target)

    @property
    def placement(self) -> str:
        """Where the kernel computes: native, inproc or process."""
        return _placement_of_reference(self.route) if self.is_reference else placement_of(self.route)

    @property
    def carries_stamps(self) -> bool:
        """Whether a call has stages at all; a native call is compute and nothing else, a reference is timed whole."""
        return self.placement != "native" and not self.is_reference


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run, but for the machine and the input.

    `rounds` is the most. `budget_s` bounds them: blocks get shorter where the machine is slower than the plan thought;
    `time_budget_s` ends them; `precision` ends them when every deciding ratio has so small a half width, as a share;
    0 is no bound. `placement` says which CPUs a call's processes get: `split`, `same` or `free`.
    """

    name: str
    seed: int
    rounds: int
    block_ns: int
    warmup_ns: int
    min_calls: int
    stamps_every: int
    reservoir: int
    timeout_ns: int
    budget_s: float
    minimum_gain: float
    cases: tuple[Case, ...]
    placement: str = SPLIT
    precision: float = 0.0
    time_budget_s: float = 0.0
    sweep: tuple[SweepSpec, ...] = ()
    journey: JourneySpec | None = None

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Each scenario once, in the order of the plan."""
        return tuple(dict.fromkeys(case.scenario for case in self.cases))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line makes of a plan; empty, 0 and None leave the plan's own.

    `mix` asks for payloads of the sizes of the input's lines; `own` are the kernels of the project in which the command
    runs.
    """

    kernels: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    sizes_bytes: tuple[int, ...] = ()
    mix: bool = False
    callers: int | None = None
    rate_per_s: float | None = None
    seed: int | None = None
    rounds: int | None = None
    placement: str | None = None
    precision: float | None = None
    time_budget_s: float | None = None
    sweep: bool | None = None
    journey: bool | None = None
    own: tuple[str, ...] = ()


def without(plan: Plan, left_out: Sequence[Case]) -> Plan:
    """Return the plan without cases that this machine cannot run, and with another control when it was one of them."""
    there = [case for case in plan.cases if case not in left_out and not case.control]
    on_host = {(case.scenario, case.route) for case in there if not case.target}
    kept = [case for case in there if not case.target or (case.scenario, case.route) in on_host]
    control = next((case for case in plan.cases if case.control and case not in left_out), None)
    return replace(plan, cases=with_control(kept, control.route if control else "", plan.name))


def with_control(cases: Sequence[Case], route: str, origin: str) -> tuple[Case, ...]:
    """Append the A/A control: the last plain case of the route that the plan names, else of the last process route.

    A reference is none, and a case under a quota is none, whose blocks are the longest.
    """
    routes = [case for case in cases if not case.stands_apart]
    if not routes:
        raise Refusal(f"nothing of {origin} is left to measure", "name a --kernel and a --route that the plan has")
    plain = [case for case in routes if not case.scenario.quota_cpus] or routes
    named = [case for case in plain if case.route == route]
    remote = [case for case in plain if case.placement == "process"]
    chosen = (named or remote or plain)[-1]
    return (*cases, replace(chosen, control=True, modes=()))


def _placement_of_reference(route: str) -> str:
    return next(one.placement for one in REFERENCES if one.name == route.removeprefix(REFERENCE))
