"""The wall time of stamps."""

from __future__ import annotations

from time import monotonic_ns

from gateway import clock

MEASURE_EVERY_NS = 10_000_000_000
"""How long a measured offset is used: a wall clock that was set, or a machine that slept, is seen then."""


class WallClock:
    """Adds the offset that the parent gave, else one that is measured anew from time to time (docs/traces.md)."""

    def __init__(self, given_ns: int | None) -> None:
        self._given_ns = given_ns
        self._offset_ns = 0
        self._measured_ns: int | None = None

    def at(self, stamp_ns: int) -> int:
        """The wall time in ns of a stamp of CLOCK_MONOTONIC."""
        return stamp_ns + (self._measured() if self._given_ns is None else self._given_ns)

    def _measured(self) -> int:
        now_ns = monotonic_ns()
        if self._measured_ns is None or now_ns - self._measured_ns > MEASURE_EVERY_NS:
            self._offset_ns, self._measured_ns = clock.offset_ns(), now_ns
        return self._offset_ns
