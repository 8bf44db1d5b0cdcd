"""What each round says of each case."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench.per_round import of_blocks
from gateway.bench.plan import Case, Scenario
from gateway.bench.rounds import STAMPS
from tests.bench.made import blocks, plan

NATIVE, SIDECAR = Case(Scenario("redact", 64), "native"), Case(Scenario("redact", 64), "uds/msgpack")
CROWD = Case(Scenario("redact", 64, callers=16), "uds/msgpack")


def test_a_block_that_is_missing_or_had_no_good_call_is_not_a_number() -> None:
    made = blocks({"case": 0, "round": 0}, {"case": 1, "round": 1, "calls": 0, "bucket_counts": [0]})
    found = of_blocks(made, plan(NATIVE, SIDECAR), rounds=2)
    assert found.medians[0, 0] == 100
    assert np.isfinite(found.deciding).tolist() == [[True, False], [False, False]]


def test_the_cpu_of_whatever_answers_counts_only_where_it_takes_part() -> None:
    used = {"driver_cpu_ns": 1_000, "worker_cpu_ns": 500}
    found = of_blocks(blocks({"case": 0, **used}, {"case": 1, **used}), plan(NATIVE, SIDECAR), rounds=1)
    assert found.cpu.tolist() == [[100.0], [150.0]]


def test_one_caller_is_decided_by_the_median_and_several_by_the_mean_time_in_the_system() -> None:
    found = of_blocks(blocks({"case": 0}, {"case": 1}), plan(SIDECAR, CROWD), rounds=1)
    assert found.throughput.tolist() == [[10.0], [10.0]]
    assert found.deciding.tolist() == [[100.0], [16 / 10.0 * 1e9]]


@pytest.mark.parametrize(("mode", "expected"), [("off", 100.0), (STAMPS, 300.0)])
def test_each_tracing_mode_has_rounds_of_its_own(mode: str, expected: float) -> None:
    made = blocks({"mode": "off"}, {"mode": STAMPS, "bucket_values": [300]})
    assert of_blocks(made, plan(SIDECAR), rounds=1, mode=mode).medians.tolist() == [[expected]]
