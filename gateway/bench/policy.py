"""By what a user wants verdicts to be made: [verdict] and [cost] of gateway.toml. Pure.

What the file does not say is the plan's (`minimum_gain`) or the default. A run keeps its policy, so that its verdicts
can be made again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from gateway.errors import Refusal, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Plan

TABLES = VERDICT, COST = "verdict", "cost"
LATENCY, CPU = "latency", "cpu"
OBJECTIVES = (LATENCY, CPU)
VERDICT_KEYS = ("minimum_gain", "tail_bound", "objective", "isolation")
COST_KEYS = ("per_core_month", "currency")
_MOST_GAIN = 100.0
_MOST_CURRENCY = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes a move worth it.

    A call must take at least `minimum_gain` less (0.2: the better Go takes 1.2 times as long or longer). With a
    `tail_bound` the p99 of a winner may be at most so many times the best Go's; 0 is no bound. `objective` says whether
    the time of a call or its CPU decides; with `isolation` a crash of the kernel must not end the service, so in
    process is no choice. `per_core_month` is the price of a core for a month, 0 when unknown.
    """

    minimum_gain: float = 0.2
    tail_bound: float = 0.0
    objective: str = LATENCY
    isolation: bool = False
    per_core_month: float = 0.0
    currency: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the policy as JSON values."""
        return asdict(self)


def from_json(content: Mapping[str, Any], minimum_gain: float) -> Policy:
    """Read a recorded policy back; `minimum_gain`, the plan's, stands in where nothing was recorded."""
    known = {field.name for field in fields(Policy)}
    return Policy(**{"minimum_gain": minimum_gain, **{key: content[key] for key in known & content.keys()}})


def recorded(manifest: Manifest) -> Policy:
    """Return the policy by which a run was made."""
    return from_json(manifest.policy, manifest.plan.minimum_gain)


def of(given: Mapping[str, Any], plan: Plan) -> Policy:
    """Return the policy of a run: what gateway.toml says (`parse`), over what the plan says."""
    return Policy(**{"minimum_gain": plan.minimum_gain, **given})


def parse(file: Path, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a gateway.toml says of the policy, key by key; refuses unknown keys and impossible values."""
    verdict, cost = _table(file, content, VERDICT, VERDICT_KEYS), _table(file, content, COST, COST_KEYS)
    given = {**verdict, **cost}
    for key, value in verdict.items():
        _check(f"{key} = {value!r} in {file} [{VERDICT}]", key, value)
    for key, value in cost.items():
        _check(f"{key} = {value!r} in {file} [{COST}]", key, value)
    return {key: float(value) if key in _RANGES else value for key, value in given.items()}


def without(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rest of a gateway.toml."""
    return {key: value for key, value in content.items() if key not in TABLES}


def _table(file: Path, content: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise Refusal(f"{name} in {file} is not a table", f"write [{name}] and below it {known[0]} = …")
    for key in table:
        if key not in known:
            raise unknown(f"key in {file} [{name}]", key, known)
    return table


_RANGES: dict[str, tuple[float, float, str]] = {
    "minimum_gain": (0.0, _MOST_GAIN, "write a share: 0.2 is a call that takes at most 1/1.2 of Go's"),
    "tail_bound": (1.0, 1e6, "write how many times Go's p99 is still good, 1 or more; 0 for no bound"),
    "per_core_month": (0.0, 1e9, "write the price of one core for a month, 0 or more"),
}


def _check(what: str, key: str, value: object) -> None:
    """Refuse a value that its key cannot have."""
    if key in _RANGES:
        low, high, remedy = _RANGES[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or low <= value <= high):
            raise Refusal(what, remedy)
    elif key == "objective" and value not in OBJECTIVES:
        raise Refusal(what, f"write one of {', '.join(OBJECTIVES)}")
    elif key == "isolation" and not isinstance(value, bool):
        raise Refusal(what, "write true where a crash of the kernel must not end the service, else false")
    elif key == "currency" and not (isinstance(value, str) and value.isprintable() and len(value) <= _MOST_CURRENCY):
        raise Refusal(what, f'write a short name in quotes, such as "EUR", at most {_MOST_CURRENCY} characters')
