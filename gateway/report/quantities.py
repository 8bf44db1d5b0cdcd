"""Durations, sizes, ratios and shares as text, the same everywhere a person reads them."""

from __future__ import annotations

import math

_TIME_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"))
_SIZE_UNITS = ((1 << 20, "MiB"), (1 << 10, "KiB"))
_COUNT_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def significant(value: float, digits: int = 3) -> str:
    """Format `value` with so many significant digits, without an exponent, thousands set apart by a comma."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    rounded = round(value, digits - 1 - math.floor(math.log10(abs(value))))
    places = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{places}f}"


def duration(value_ns: float) -> str:
    """Format nanoseconds in the unit that reads best: `48.2 µs`."""
    for scale, unit in _TIME_UNITS:
        if abs(value_ns) >= scale * 0.9995:
            return f"{significant(value_ns / scale)} {unit}"
    return f"{significant(value_ns)} ns" if abs(value_ns) >= 1 else f"{value_ns:.2g} ns"


def microseconds(value_ns: float) -> str:
    """Format nanoseconds as a number of µs without its unit, for columns that state the unit once."""
    value_us = value_ns / 1e3
    return significant(value_us, 3 if abs(value_us) >= 10 else 2) if abs(value_us) >= 0.1 else f"{value_us:.2f}"


def size(value_bytes: float) -> str:
    """Format a number of bytes: `64 B`, `4 KiB`, `4.8 KiB`."""
    for scale, unit in _SIZE_UNITS:
        if value_bytes >= scale:
            number = value_bytes / scale
            return (
                f"{number:.0f} {unit}"
                if number == round(number) or number >= 100
                else f"{significant(number, 2)} {unit}"
            )
    return f"{value_bytes:.0f} B"


def ratio(value: float) -> str:
    """Format a speed-up: `3.7×`, `0.05×`, `126×`."""
    return f"{significant(value, 1 if value < 0.1 else 2 if value < 100 else 3)}×"


def tick_duration(value_ns: float) -> str:
    """Format a round number of ns without trailing zeros: `50 µs`."""
    scale, unit = next(((scale, unit) for scale, unit in _TIME_UNITS if abs(value_ns) >= scale * 0.9995), (1.0, "ns"))
    return f"{value_ns / scale:g} {unit}"


def tick_ratio(value: float) -> str:
    """Format a round speed-up without trailing zeros: `5×`."""
    return f"{value:g}×"


def tick_count(value: float) -> str:
    """Format a round count or rate without trailing zeros: `50 k`."""
    scale, unit = next(((scale, f" {unit}") for scale, unit in _COUNT_UNITS if value >= scale * 0.9995), (1.0, ""))
    return f"{value / scale:g}{unit}"


def percent(share: float, places: int = 1) -> str:
    """Format a share (0.003 is 0.3 %)."""
    return f"{share * 100:.{places}f} %"


def signed_percent(share: float, places: int = 1) -> str:
    """Format a difference as `+0.3 %`."""
    return f"{share * 100:+.{places}f} %".replace("-", "−")


def cores(value: float) -> str:
    """Format a number of CPU cores: what is under a thousandth is not worth a digit."""
    return significant(value) if value >= 0.001 else "< 0.001"


def count(value: float) -> str:
    """Format a count or a rate: `185 k`."""
    for scale, unit in _COUNT_UNITS:
        if abs(value) >= scale * 10:
            return f"{significant(value / scale)} {unit}"
    return significant(value)
