"""What a plan's [[sweep]] asks for: a scenario of the plan, by some of its routes, at loads from light to too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.bench import plan_keys
from gateway.bench.plan_keys import MS
from gateway.errors import Refusal
from gateway.wire import kernels

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class SweepSpec:
    """What one [[sweep]] of a plan asks for: a scenario of the plan by some of its routes.

    `bound_ns` is the p99 that the highest rate must keep, `in_flight` the most calls at once, `passes` how often the
    ladder of rates is visited and `point_ns` how long each visit lasts.
    """

    kernel: str
    size_bytes: int
    routes: tuple[str, ...]
    bound_ns: int
    in_flight: int
    passes: int
    point_ns: int

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> SweepSpec:
        """Read one back from run.json."""
        return cls(**{**content, "routes": tuple(content["routes"])})


_KEYS = {"kernel", "size", "routes", "bound_ms", "in_flight", "passes", "point_ms"}


def parse(tables: Any, where: str = "[[sweep]]", own: Iterable[str] = ()) -> tuple[SweepSpec, ...]:
    """Return what a plan's [[sweep]] tables ask for; refuses what they cannot mean. `own` are a project's kernels."""
    if not isinstance(tables, list):
        raise Refusal(f"sweep = {tables!r}", "write [[sweep]] with kernel, size and routes")
    return tuple(_spec(plan_keys.check_keys(table, _KEYS, where), where, own) for table in tables)


def _spec(table: Any, where: str, own: Iterable[str]) -> SweepSpec:
    def number(key: str, bounds: tuple[float, float], default: float) -> float:
        return plan_keys.number(table, key, bounds, default, where)

    return SweepSpec(
        kernel=kernels.check(table.get("kernel"), own),
        size_bytes=plan_keys.size(table, where),
        routes=plan_keys.routes(table, where),
        bound_ns=round(number("bound_ms", (0.001, 60_000), 1) * MS),
        in_flight=int(number("in_flight", (1, 4_096), 64)),
        passes=int(number("passes", (1, 100), 3)),
        point_ns=round(number("point_ms", (10, 60_000), 500) * MS),
    )
