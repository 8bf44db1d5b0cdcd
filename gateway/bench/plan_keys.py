"""Values of a plan's smaller tables: each is checked for its kind and bounds, and refused by its key's name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.errors import Refusal, unknown
from gateway.inputs.sizes import parse_size
from gateway.wire.routes import expand

if TYPE_CHECKING:
    from collections.abc import Mapping

MS = 1_000_000
"""Nanoseconds of the millisecond that plans count in."""


def check_keys(table: Any, known: set[str], where: str) -> Mapping[str, Any]:
    """Return the table; refuses one that is none, and every key that is not known."""
    if not isinstance(table, dict):
        raise Refusal(f"{where} is no table", f"write it with {', '.join(sorted(known))}")
    for key in table:
        if key not in known:
            raise unknown(f"key in {where}", key, sorted(known))
    return table


def number(table: Mapping[str, Any], key: str, bounds: tuple[float, float], default: float, where: str) -> float:
    """Return a number within its bounds, the default where the table has none."""
    low, high = bounds
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refusal(f"{key} = {value!r} in {where}", f"write a number from {low:g} to {high:g}")
    return float(value)


def size(table: Mapping[str, Any], where: str) -> int:
    """Return the bytes of the key `size`."""
    value = table.get("size")
    if not isinstance(value, str):
        raise Refusal(f"size = {value!r} in {where}", 'write one such as "4KiB"')
    return parse_size(value)


def routes(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Return the routes that the names of the key `routes` mean, each once."""
    value = table.get("routes")
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise Refusal(f"routes = {value!r} in {where}", 'write a list such as ["native", "uds/msgpack"]')
    return tuple(dict.fromkeys(route for pattern in value for route in expand(pattern)))
