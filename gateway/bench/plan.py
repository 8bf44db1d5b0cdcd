"""What is to be measured: scenarios, cases, rounds; from a plan file, narrowed by the command line."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.errors import Refusal, unknown
from gateway.inputs import shapes
from gateway.inputs.sizes import parse_size
from gateway.report.quantities import size
from gateway.wire import kernels, lists_generated
from gateway.wire.routes import ROUTES, expand, placement_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MAX_ROUNDS = 10_000
REFERENCE = "reference/"
_MS = 1_000_000


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
    def by_throughput(self) -> bool:
        """Whether throughput decides: with several callers in a closed loop a call's time leaves out its waiting."""
        return self.callers > 1 and not self.rate_per_s

    @property
    def name(self) -> str:
        """A name for people and for the driver: `redact 4 KiB`, `redact 4 KiB, 16 callers`."""
        load = (
            f", {self.rate_per_s:g}/s" if self.rate_per_s else f", {self.callers} callers" if self.callers > 1 else ""
        )
        return f"{self.kernel} {size(self.size_bytes)}{load}"


@dataclass(frozen=True, slots=True)
class Case:
    """Scenario × route. A control repeats another case, so that the run can be seen to agree with itself.

    `modes` are measured in every round besides off. The route of a reference is `reference/NAME`.
    """

    scenario: Scenario
    route: str
    control: bool = False
    modes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name for people: `redact 4 KiB by uds/msgpack`."""
        return f"{self.scenario.name} by {self.route}" + (" (control)" if self.control else "")

    @property
    def is_reference(self) -> bool:
        """Whether it is an echo written as one would by hand, beside which routes are seen; never a route to choose."""
        return self.route.startswith(REFERENCE)

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
    budget_s: int
    minimum_gain: float
    cases: tuple[Case, ...]
    placement: str = "split"
    precision: float = 0.0
    time_budget_s: float = 0.0
    sweep: tuple[Any, ...] = ()
    journey: Any = None

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Each scenario once, in the order of the plan."""
        return tuple(dict.fromkeys(case.scenario for case in self.cases))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line narrows a plan to; empty leaves the plan's own."""

    kernels: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    sizes_bytes: tuple[int, ...] = ()
    callers: int | None = None
    rate_per_s: float | None = None
    seed: int | None = None
    own: tuple[str, ...] = ()
    """Kernels of the project in which the command runs."""


_NUMBERS: Mapping[str, tuple[int, int]] = {
    "rounds": (1, MAX_ROUNDS),
    "block_ms": (1, 60_000),
    "warmup_ms": (0, 60_000),
    "min_calls": (1, 1_000_000),
    "stamps_every": (1, MAX_ROUNDS),
    "reservoir": (0, 10_000),
    "timeout_ms": (0, 600_000),
    "budget_s": (0, 86_400),
}
_KEYS = {*_NUMBERS, "name", "minimum_gain", "control", "scenarios"}
_SCENARIO_KEYS = {"kernel", "sizes", "callers", "routes", "steps"}


def read(path: Path, wishes: Wishes, seed: int) -> Plan:
    """Read a plan file; refuses what cannot be read, and every unknown or impossible key by name."""
    return parse(load(path), str(path), wishes, seed)


def load(path: Path) -> dict[str, Any]:
    """Return a plan file's content; refuses what cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(f"cannot read the plan {path}: {error}", "name a plan such as plans/quick.toml") from error


def parse(content: Mapping[str, Any], origin: str, wishes: Wishes, seed: int) -> Plan:
    """Turn a plan file's content into a plan; `origin` names the file in refusals."""
    _check_keys(content, _KEYS, origin)
    numbers = {key: _number(content, key, origin) for key in _NUMBERS}
    cases = [case for table in _tables(content, origin) for case in _cases(table, origin, wishes)]
    return Plan(
        name=str(content.get("name", origin)),
        seed=seed if wishes.seed is None else wishes.seed,
        rounds=numbers["rounds"],
        block_ns=numbers["block_ms"] * _MS,
        warmup_ns=numbers["warmup_ms"] * _MS,
        min_calls=numbers["min_calls"],
        stamps_every=numbers["stamps_every"],
        reservoir=numbers["reservoir"],
        timeout_ns=numbers["timeout_ms"] * _MS,
        budget_s=numbers["budget_s"],
        minimum_gain=_gain(content, origin),
        cases=_with_control(list(dict.fromkeys(cases)), content.get("control", ""), origin),
    )


def without(plan: Plan, left_out: Sequence[Case]) -> Plan:
    """Return the plan without cases that this machine cannot run, and with another control when it was one of them."""
    kept = [case for case in plan.cases if case not in left_out and not case.control]
    control = next((case for case in plan.cases if case.control and case not in left_out), None)
    return replace(plan, cases=_with_control(kept, control.route if control else "", plan.name))


def _placement_of_reference(route: str) -> str:
    name = route.removeprefix(REFERENCE)
    return next((one.placement for one in getattr(lists_generated, "REFERENCES", ()) if one.name == name), "process")


def _cases(table: Mapping[str, Any], origin: str, wishes: Wishes) -> list[Case]:
    where = f"{origin} [[scenarios]]"
    _check_keys(table, _SCENARIO_KEYS, where)
    kernel = kernels.check(table["kernel"], wishes.own)
    routes = _routes(_list(table, "routes", str, where), wishes)
    scenarios = _scenarios(kernel, table, where, wishes)
    if wishes.kernels and kernel not in wishes.kernels:
        return []
    return [Case(scenario, route) for scenario in scenarios for route in routes]


def _scenarios(kernel: str, table: Mapping[str, Any], where: str, wishes: Wishes) -> list[Scenario]:
    asked = wishes.sizes_bytes or tuple(parse_size(text) for text in _list(table, "sizes", str, where))
    callers = [wishes.callers] if wishes.callers else _list({"callers": [1], **table}, "callers", int, where)
    rate, steps = wishes.rate_per_s or 0.0, int(table.get("steps", 0))
    return [Scenario(kernel, one, number, rate, steps) for one in shapes.sizes(kernel, asked) for number in callers]


def _routes(patterns: Sequence[str], wishes: Wishes) -> list[str]:
    """Return the table's routes, narrowed; `native` always stays, because every ratio is against it."""
    listed = [route for pattern in patterns for route in expand(pattern)]
    if not wishes.routes:
        return listed
    wanted = {route for pattern in wishes.routes for route in expand(pattern)}
    return [route for route in ROUTES if route in wanted or (route in listed and placement_of(route) == "native")]


def _with_control(cases: list[Case], route: str, origin: str) -> tuple[Case, ...]:
    """Append the A/A control: the last case of the route that the plan names, else of the last process route."""
    if not cases:
        raise Refusal(f"nothing of {origin} is left to measure", "name a --kernel and a --route that the plan has")
    named = [case for case in cases if case.route == route]
    remote = [case for case in cases if case.placement == "process"]
    chosen = (named or remote or cases)[-1]
    return (*cases, replace(chosen, control=True))


def _tables(content: Mapping[str, Any], origin: str) -> list[Mapping[str, Any]]:
    tables = content.get("scenarios", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) and "kernel" in table for table in tables):
        raise Refusal(f"{origin} has a scenario without a kernel", "write [[scenarios]] with kernel, sizes and routes")
    return tables


def _list(table: Mapping[str, Any], key: str, kind: type, where: str) -> list[Any]:
    """Return a list of texts, or of whole numbers from 1 on; refuses anything else."""
    values = table.get(key)
    if (
        not isinstance(values, list)
        or not values
        or not all(type(one) is kind and (kind is str or one > 0) for one in values)
    ):
        example = '["4KiB"]' if kind is str else "[1, 16]"
        raise Refusal(f"{key} = {values!r} in {where}", f"write a list such as {example}")
    return values


def _check_keys(table: Mapping[str, Any], known: set[str], origin: str) -> None:
    for key in table:
        if key not in known:
            raise unknown(f"key in {origin}", key, sorted(known))


def _number(content: Mapping[str, Any], key: str, origin: str) -> int:
    low, high = _NUMBERS[key]
    value = content.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refusal(f"{key} = {value!r} in {origin}", f"write a whole number from {low} to {high}")
    return value


def _gain(content: Mapping[str, Any], origin: str) -> float:
    value = content.get("minimum_gain")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10:
        raise Refusal(f"minimum_gain = {value!r} in {origin}", "write a share such as 0.2 for 20 %")
    return float(value)
