"""Knee and highest rate on queues of which theory knows them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gateway.bench import knee
from gateway.bench.sweep import CLOSED, LADDER, SWEEP_SCHEMA

SERVICE_NS = 100_000.0
CAPACITY_PER_S = 1e9 / SERVICE_NS
CALLS = 40_000


def exponential(random: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
    """Times with a mean of 1."""
    return random.exponential(1.0, count)


def constant(_: np.random.Generator, count: int) -> np.ndarray[Any, Any]:
    """Times of exactly 1."""
    return np.ones(count)


def times_in_system(gaps_ns: np.ndarray[Any, Any], service_ns: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Waiting and service of each call at one server in order of arrival (Lindley's recursion), ns."""
    steps = service_ns[:-1] - gaps_ns[1:]
    walk = np.concatenate([[0.0], np.cumsum(steps)])
    waits = walk - np.minimum.accumulate(walk)
    return waits + service_ns


def visit(rate_per_s: float, times_ns: np.ndarray[Any, Any], number: int, **changed: Any) -> dict[str, Any]:
    """A row of the table for one visit; what is left of a histogram is its times rounded to 0.1 %."""
    digits = 10.0 ** (np.floor(np.log10(times_ns)) - 3)
    values, counts = np.unique((np.ceil(times_ns / digits) * digits).astype(np.int64), return_counts=True)
    row = {
        "kernel": "redact",
        "size_bytes": 4096,
        "route": "uds/msgpack",
        "bound_ns": 1_000_000,
        "in_flight": 64,
        "pass": number,
        "rate_per_s": rate_per_s,
        "start_ns": 0,
        "end_ns": round(len(times_ns) * 1e9 / min(rate_per_s or CAPACITY_PER_S, CAPACITY_PER_S)),
        "calls": len(times_ns),
        "failures": 0,
        "driver_cpu_ns": 0,
        "worker_cpu_ns": 0,
        "disturbed": False,
        "unit_ns": 1.0,
        "bucket_values": values.tolist(),
        "bucket_counts": counts.tolist(),
    }
    return {**row, **changed}


def queue(arrivals: Any, service: Any, number: int, shares: tuple[float, ...] = LADDER) -> list[dict[str, Any]]:
    """One pass over a queue with the arrivals and the service of these distributions."""
    rows: list[dict[str, Any]] = []
    for place, share in enumerate(shares):
        random = np.random.default_rng([number, place])
        rate = share * CAPACITY_PER_S
        gaps = arrivals(random, CALLS) * 1e9 / rate
        rows.append(visit(rate, times_in_system(gaps, service(random, CALLS) * SERVICE_NS), number))
    return rows


def swept(rows: list[dict[str, Any]]) -> knee.Sweep:
    """What is concluded of the rows of one route."""
    (found,) = knee.of_rows(pa.Table.from_pylist(rows, schema=SWEEP_SCHEMA).to_pylist())
    return found


@pytest.mark.parametrize(
    ("name", "service", "share"),
    [("M/M/1", exponential, 0.5), ("M/D/1", constant, 2 - math.sqrt(2))],
)
def test_the_knee_of_a_queue_with_random_arrivals_is_where_theory_has_it(name: str, service: Any, share: float) -> None:
    """The greatest ratio of throughput to mean time: at half the capacity, or at 2 - sqrt(2) of it."""
    found = swept([row for number in range(3) for row in queue(exponential, service, number)])
    assert found.knee_per_s == pytest.approx(share * CAPACITY_PER_S, rel=0.08), name


def test_even_arrivals_at_an_even_service_have_no_knee_below_capacity() -> None:
    """Nobody waits until the capacity; power rises to it and the knee is there."""
    found = swept([row for number in range(3) for row in queue(constant, constant, number)])
    assert found.knee_per_s is not None
    assert found.knee_per_s > 0.9 * CAPACITY_PER_S


@pytest.mark.parametrize("bound_ns", [0.8e6, 1e6, 2e6])
def test_the_highest_rate_within_a_bound_is_that_of_theory(bound_ns: float) -> None:
    """M/M/1: time in system is exponential with rate mu - lambda, so p99 = ln(100) / (mu - lambda)."""
    rows = [row for number in range(3) for row in queue(exponential, exponential, number)]
    found = swept([{**row, "bound_ns": round(bound_ns)} for row in rows])
    exact = CAPACITY_PER_S - math.log(100) / bound_ns * 1e9
    assert found.highest_per_s == pytest.approx(exact, rel=0.08)


def points(*figures: tuple[float, float, float | None]) -> list[knee.LoadPoint]:
    """Points of (rate, achieved, p99)."""
    return [
        knee.LoadPoint(
            rate_per_s=rate,
            achieved_per_s=achieved,
            calls=1000,
            failures=0,
            p50_ns=1.0,
            p90_ns=1.0,
            p99_ns=p99,
            p999_ns=None,
            mean_ns=1.0,
        )
        for rate, achieved, p99 in figures
    ]


@pytest.mark.parametrize(
    ("why", "measured", "expected"),
    [
        ("between two points it is on their line", points((100, 100, 10), (200, 200, 30)), 150),
        ("past the last point nothing is guessed", points((100, 100, 10), (200, 200, 15)), 200),
        ("an overloaded point says nothing of how much", points((100, 100, 10), (200, 180, 30)), 100),
        ("a point that did not keep up is none, however fast", points((100, 100, 10), (200, 180, 10)), 100),
        ("no point keeps it", points((100, 100, 21), (200, 200, 30)), None),
        ("a p99 that is not carried keeps nothing", points((100, 100, None), (200, 200, 30)), None),
        ("no point at all", [], None),
    ],
)
def test_the_highest_rate_is_told_from_measured_points_only(
    why: str, measured: list[knee.LoadPoint], expected: float | None
) -> None:
    assert knee.highest(measured, 20) == expected, why


def test_a_failed_call_saturates_a_point() -> None:
    rows = [visit(1000.0, np.full(2000, 5e4), 0, failures=1), visit(2000.0, np.full(2000, 5e4), 0)]
    found = swept(rows)
    assert [one.saturated for one in found.points] == [True, False]
    assert found.points[0].failures == 1


def test_one_disturbed_pass_of_three_does_not_move_the_tail() -> None:
    quiet, disturbed = np.full(2000, 5e4), np.full(2000, 9e7)
    found = swept([visit(1000.0, times, number) for number, times in enumerate((quiet, disturbed, quiet))])
    (point,) = found.points
    assert (point.p99_ns, point.passes, point.calls) == (5e4, 3, 6000)


def test_disturbed_passes_are_counted_and_not_dropped() -> None:
    found = swept([visit(1000.0, np.full(2000, 5e4), number, disturbed=number == 1) for number in range(4)])
    assert (found.points[0].disturbed_passes, found.points[0].calls, found.disturbed_share) == (1, 8000, 0.25)


def test_a_percentile_that_no_pass_carries_is_that_of_all_their_calls_and_else_none() -> None:
    found = swept([visit(1000.0, np.full(400, 5e4), number) for number in range(3)])
    assert found.points[0].p99_ns == 5e4
    assert found.points[0].p999_ns is None


def test_too_few_points_or_a_power_that_only_rises_have_no_knee() -> None:
    assert knee.knee(points((100, 100, 10), (200, 200, 10))) is None
    assert knee.knee(points((100, 100, 10), (200, 200, 10), (300, 300, 10))) is None


def test_the_capacity_is_the_closed_loops_and_no_point() -> None:
    found = swept([visit(0.0, np.full(2000, 5e4), CLOSED), *queue(exponential, exponential, 0)])
    assert found.capacity_per_s == pytest.approx(CAPACITY_PER_S)
    assert len(found.points) == len(LADDER)


def test_a_visit_without_an_answer_is_a_point_without_times() -> None:
    empty = visit(1000.0, np.array([1.0]), 0, calls=0, failures=9, bucket_values=[], bucket_counts=[])
    (point,) = swept([empty]).points
    assert point.saturated
    assert (point.calls, point.p99_ns) == (0, None)
    assert math.isnan(point.p50_ns)
