"""Reads a plan file: TOML into a plan, narrowed by the command line; refuses by name what it cannot say."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway import installed
from gateway.bench import journeys, plan_keys
from gateway.bench import sweep as sweeps
from gateway.bench.placement import SPLIT, check
from gateway.bench.plan import REFERENCE, Case, Plan, Scenario, Wishes, with_control
from gateway.bench.plan_keys import MS
from gateway.bench.rounds import SAMPLED, STAMPS, UNSAMPLED
from gateway.errors import Refusal, unknown
from gateway.inputs import shapes
from gateway.inputs.sizes import parse_size
from gateway.wire import kernels
from gateway.wire.lists_generated import REFERENCES
from gateway.wire.routes import ROUTES, expand, placement_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gateway.bench.journeys import JourneySpec
    from gateway.bench.sweep import SweepSpec

_STOCK = {"sweep": installed.plans() / "default.toml", "journey": installed.plans() / "journey.toml"}
"""Where a further measurement stands that is wished for beside a plan without one."""
MAX_ROUNDS = 10_000
ECHO = "echo"
MODES = (STAMPS, UNSAMPLED, SAMPLED)
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
_FIGURES: Mapping[str, tuple[tuple[float, float], float]] = {
    "minimum_gain": ((0, 10), 0.2),
    "precision": ((0, 1), 0.0),
    "time_budget_s": ((0, 86_400), 0.0),
}
"""Key → bounds and default."""
_QUOTA_CPUS = (0.01, 1024)
_CALLERS, _STEPS = (1, 10_000), (0, 10**9)
_KEYS = {*_NUMBERS, *_FIGURES, "name", "placement", "control", "scenarios", "sweep", "journey"}
_SCENARIO_KEYS = {"kernel", "sizes", "callers", "routes", "steps", "mix", "quota_cpus", "references", "modes"}


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
    plan_keys.check_keys(content, _KEYS, origin)
    content = {**content, **_wished(wishes)}
    numbers = {key: _number(content, key, origin) for key in _NUMBERS}
    figures = {key: plan_keys.number(content, key, *of_key, origin) for key, of_key in _FIGURES.items()}
    cases = [case for table in _tables(content, origin) for case in _cases(table, origin, wishes)]
    return Plan(
        name=str(content.get("name", origin)),
        seed=seed if wishes.seed is None else wishes.seed,
        rounds=numbers["rounds"],
        block_ns=numbers["block_ms"] * MS,
        warmup_ns=numbers["warmup_ms"] * MS,
        min_calls=numbers["min_calls"],
        stamps_every=numbers["stamps_every"],
        reservoir=numbers["reservoir"],
        timeout_ns=numbers["timeout_ms"] * MS,
        budget_s=numbers["budget_s"],
        cases=with_control(_merged(cases), content.get("control", ""), origin),
        placement=check(content.get("placement", SPLIT), origin),
        sweep=_sweep(content, origin, wishes),
        journey=_journey(content, origin, wishes),
        **figures,
    )


def _sweep(content: Mapping[str, Any], origin: str, wishes: Wishes) -> tuple[SweepSpec, ...]:
    """Return the sweeps of the plan, of the kernels and the routes that are left of it."""
    asked = _asked(content, "sweep", wishes.sweep)
    specs = sweeps.parse([] if asked is None else asked, f"{origin} [[sweep]]", wishes.own)
    narrowed = (replace(one, routes=tuple(_routes(one.routes, wishes))) for one in specs)
    return tuple(one for one in narrowed if not wishes.kernels or one.kernel in wishes.kernels)


def _journey(content: Mapping[str, Any], origin: str, wishes: Wishes) -> JourneySpec | None:
    """Return the journeys of the plan, of the kernels and the routes that are left of it."""
    spec = journeys.parse(_asked(content, "journey", wishes.journey), f"{origin} [journey]", wishes.own)
    mix = tuple(one for one in spec.mix if not wishes.kernels or one.kernel in wishes.kernels) if spec else ()
    return replace(spec, routes=tuple(_routes(spec.routes, wishes)), mix=mix) if spec and mix else None


def _asked(content: Mapping[str, Any], key: str, wished: bool | None) -> Any:
    """Return a further measurement's tables: the plan's, none against the wish, those of our plans for the wish."""
    if wished is False:
        return None
    return content.get(key, load(_STOCK[key]).get(key) if wished else None)


def _wished(wishes: Wishes) -> dict[str, Any]:
    """Return the keys of a plan file that the command line replaces.

    A plan's own budget is for its own rounds: with other ones, or until a precision, it bounds nothing.
    """
    names = ("rounds", "placement", "precision", "time_budget_s")
    wished = {name: value for name in names if (value := getattr(wishes, name)) is not None}
    return {**wished, **({"budget_s": 0} if {"rounds", "precision"} & wished.keys() else {})}


def _merged(cases: Iterable[Case]) -> list[Case]:
    """Return each case once, in their order; named twice, it has the modes of both."""
    found: dict[tuple[Scenario, str], Case] = {}
    for case in cases:
        before = found.get((case.scenario, case.route), case)
        modes = tuple(mode for mode in MODES if mode in (*before.modes, *case.modes))
        found[case.scenario, case.route] = replace(case, modes=modes)
    return list(found.values())


def _cases(table: Mapping[str, Any], origin: str, wishes: Wishes) -> list[Case]:
    where = f"{origin} [[scenarios]]"
    plan_keys.check_keys(table, _SCENARIO_KEYS, where)
    kernel = kernels.check(table["kernel"], wishes.own)
    routes = _routes(_list(table, "routes", str, where), wishes)
    beside = _references(table, where, routes)
    modes = _modes(table, where)
    scenarios = _scenarios(kernel, table, where, wishes)
    if wishes.kernels and kernel not in wishes.kernels:
        return []
    return [_case(scenario, route, modes) for scenario in scenarios for route in (*routes, *beside)]


def _case(scenario: Scenario, route: str, modes: tuple[str, ...]) -> Case:
    case = Case(scenario, route)
    return replace(case, modes=modes) if case.carries_stamps else case


def _scenarios(kernel: str, table: Mapping[str, Any], where: str, wishes: Wishes) -> list[Scenario]:
    table = {"callers": [1], "steps": [0], **table}
    steps = [table["steps"]] if isinstance(table["steps"], int) else table["steps"]
    callers = [wishes.callers] if wishes.callers else _list(table, "callers", int, where)
    rate = wishes.rate_per_s or 0.0
    quota = plan_keys.number(table, "quota_cpus", _QUOTA_CPUS, 0.0, where) if "quota_cpus" in table else 0.0
    return [
        Scenario(kernel, one, number, rate, some, mix, quota)
        for one, mix in _payloads(kernel, table, where, wishes)
        for number in callers
        for some in _list({"steps": steps}, "steps", int, where, _STEPS)
    ]


def _payloads(kernel: str, table: Mapping[str, Any], where: str, wishes: Wishes) -> list[tuple[int, bool]]:
    """Return (bytes, whether it is the mix) of each payload; the mix gets its mean from the input, later."""
    mixed = table.get("mix", False)
    if not isinstance(mixed, bool):
        raise Refusal(f"mix = {mixed!r} in {where}", "write true or false")
    narrowed = wishes.mix or bool(wishes.sizes_bytes)
    texts = [] if narrowed or (mixed and "sizes" not in table) else _list(table, "sizes", str, where)
    asked = wishes.sizes_bytes or tuple(parse_size(text) for text in texts)
    mix = [(0, True)] if wishes.mix or (mixed and not narrowed) else []
    fixed = shapes.sizes(kernel, ())
    if fixed:  # it has one size, whatever was asked for
        return [(one, False) for one in fixed]
    return [*((one, False) for one in asked), *mix]


def _routes(patterns: Sequence[str], wishes: Wishes) -> list[str]:
    """Return the table's routes, narrowed; `native` always stays, because every ratio is against it."""
    listed = [route for pattern in patterns for route in expand(pattern)]
    if not wishes.routes:
        return listed
    wanted = {route for pattern in wishes.routes for route in expand(pattern)}
    return [route for route in ROUTES if route in wanted or (route in listed and placement_of(route) == "native")]


def _references(table: Mapping[str, Any], where: str, routes: Sequence[str]) -> list[str]:
    """Return the routes of the table's references, those of them that a route which is left is held against."""
    if "references" not in table:
        return []
    if table["kernel"] != ECHO:
        raise Refusal(f"references beside {table['kernel']} in {where}", f"references only {ECHO}: move them there")
    asked = [name.removeprefix(REFERENCE) for name in _list(table, "references", str, where)]
    names = [one.name for one in REFERENCES]
    for name in asked:
        if name not in names:
            raise unknown(f"reference in {where}", name, names)
    channels = {route.partition("/")[0] for route in routes}
    return [f"{REFERENCE}{one.name}" for one in REFERENCES if one.name in asked and channels & {*one.channels}]


def _modes(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    asked = _list(table, "modes", str, where) if "modes" in table else []
    for mode in asked:
        if mode not in MODES:
            raise unknown(f"mode in {where}", mode, MODES)
    return tuple(asked)


def _tables(content: Mapping[str, Any], origin: str) -> list[Mapping[str, Any]]:
    tables = content.get("scenarios", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) and "kernel" in table for table in tables):
        raise Refusal(f"{origin} has a scenario without a kernel", "write [[scenarios]] with kernel, sizes and routes")
    return tables


def _list(table: Mapping[str, Any], key: str, kind: type, where: str, bounds: tuple[int, int] = _CALLERS) -> list[Any]:
    """Return a list of texts, or of whole numbers within the bounds; refuses anything else."""
    values = table.get(key)
    if (
        not isinstance(values, list)
        or not values
        or not all(type(one) is kind and (kind is str or bounds[0] <= one <= bounds[1]) for one in values)
    ):
        example = '["4KiB"]' if kind is str else "[1, 16]"
        raise Refusal(f"{key} = {values!r} in {where}", f"write a list such as {example}")
    return values


def _number(content: Mapping[str, Any], key: str, origin: str) -> int:
    low, high = _NUMBERS[key]
    value = content.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refusal(f"{key} = {value!r} in {origin}", f"write a whole number from {low} to {high}")
    return value
