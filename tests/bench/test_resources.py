"""What a case costs besides time."""

from __future__ import annotations

import math

import pytest

from gateway.bench.plan import Case, Scenario
from gateway.bench.resources import resources
from tests.bench.made import blocks

NATIVE, SIDECAR = Case(Scenario("redact", 64), "native"), Case(Scenario("redact", 64), "uds/msgpack")
MIB = 1 << 20
USED = {
    "driver_cpu_ns": 4_000,
    "worker_cpu_ns": 2_000,
    "driver_voluntary_switches": 20,
    "worker_voluntary_switches": 10,
    "driver_minor_faults": 5,
    "allocated_objects": 30,
    "allocated_bytes": 640,
    "gc_cycles": 3,
    "gc_cpu_ns": 400,
    "gc_pause_max_ns": 90,
    "driver_rss_bytes": 50 * MIB,
    "go_memory_bytes": 20 * MIB,
    "worker_rss_bytes": 7 * MIB,
    "driver_threads": 6,
}


def test_counts_are_a_call_and_of_all_processes_that_take_part() -> None:
    found = resources(0, SIDECAR, blocks(USED, {"round": 1}))
    assert (found.driver_cpu_ns, found.worker_cpu_ns) == (200.0, 100.0)
    assert (found.voluntary_switches, found.minor_faults) == (1.5, 0.25)
    assert (found.allocated_objects, found.allocated_bytes) == (1.5, 32.0)


def test_an_idle_worker_is_no_cost_of_a_native_call() -> None:
    found = resources(0, NATIVE, blocks(USED))
    assert (found.worker_cpu_ns, found.worker_rss_bytes, found.voluntary_switches) == (0.0, 0.0, 2.0)


def test_garbage_collection_is_told_a_second_as_a_share_and_by_its_longest_pause() -> None:
    found = resources(0, NATIVE, blocks(USED, {**USED, "round": 1, "gc_cycles": 5, "gc_pause_max_ns": 70}))
    assert (found.gc_cycles_per_s, found.gc_cpu_share, found.gc_pause_max_ns) == (4.0, pytest.approx(0.1), 90.0)


def test_what_go_does_not_hold_of_its_process_is_native_memory() -> None:
    assert resources(0, NATIVE, blocks(USED)).native_memory_bytes == 30 * MIB


def test_what_was_not_read_is_not_a_number_and_other_modes_do_not_count() -> None:
    found = resources(0, SIDECAR, blocks({}, {**USED, "mode": "sampled"}))
    assert math.isnan(found.driver_rss_bytes)
    assert math.isnan(found.native_memory_bytes)
    assert found.driver_cpu_ns == 0.0
