"""The offset between the wall clock and CLOCK_MONOTONIC, measured once for a whole session."""

import time

SAMPLES = 64


def offset_ns(samples: int = SAMPLES) -> int:
    """Realtime minus monotonic in ns: of several readings, the one whose two monotonic reads lie closest together."""
    return min(_reading() for _ in range(samples))[1]


def _reading() -> tuple[int, int]:
    """(uncertainty in ns, offset in ns)."""
    before = time.monotonic_ns()
    wall = time.time_ns()
    after = time.monotonic_ns()
    return after - before, wall - (before + after) // 2
