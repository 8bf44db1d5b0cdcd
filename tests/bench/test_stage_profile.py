"""Where the time of calls went, typical and slow ones."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from gateway.bench.stage_profile import RESIDUAL, figures, stamped
from gateway.bench.tables import SAMPLES_SCHEMA
from gateway.traces.stages import HOP_STAMPS
from gateway.wire.lists_generated import STAMPS

STAGES = {"lag": 0, "encode": 100, "request_wire": 4_000, "decode": 50, "queue": 30, "compute": 2_000}
AFTER = {"reply_encode": 60, "reply_wire": 5_000, "reply_decode": 90}
UNEXPLAINED_NS = 25


def samples(calls: int, slow: str = "", mode: str = "stamps") -> pa.Table:
    """Calls of one case over 5 rounds: each stage takes what is stated, in 2 of 100 calls one takes 10 times it."""
    rng = np.random.default_rng(7)
    times = {name: np.full(calls, one) + rng.integers(0, 5, calls) for name, one in (STAGES | AFTER).items()}
    if slow:
        times[slow][::50] *= 10
    ends = np.cumsum(list(times.values()), axis=0)
    names = [name for name in STAMPS if name != "t3"]
    stamps = {name: 10**9 + np.concatenate([[np.zeros(calls, dtype=int)], ends])[at] for at, name in enumerate(names)}
    columns = {
        "case": np.full(calls, 4, dtype=np.int32),
        "round": (np.arange(calls) % 5).astype(np.int32),
        "mode": [mode] * calls,
        "request": np.zeros(calls, dtype=np.int32),
        "total_ns": (ends[-1] + UNEXPLAINED_NS).astype(float),
        **dict.fromkeys((*STAMPS, *HOP_STAMPS), np.zeros(calls, dtype=np.int64)),
        **stamps,
    }
    return pa.table(columns, schema=SAMPLES_SCHEMA)


def test_stages_and_residual_add_up_to_the_total_in_either_band() -> None:
    bands = figures(stamped(samples(2_000, slow="reply_wire")))[4].bands
    assert bands.p99 is not None
    for band in (bands.p50, bands.p99):
        assert sum(band.stages_ns.values()) + band.residual_ns == pytest.approx(band.total_ns)
        assert band.residual_ns == pytest.approx(UNEXPLAINED_NS)
    assert bands.p50.stages_ns["reply_wire"] == pytest.approx(5_000, rel=0.01)
    assert bands.p99.stages_ns["reply_wire"] == pytest.approx(50_000, rel=0.01)


@pytest.mark.parametrize("slow", ["reply_wire", "request_wire", "compute", "encode"])
def test_the_stage_that_makes_the_tail_is_named(slow: str) -> None:
    assert figures(stamped(samples(2_000, slow)))[4].bands.tail_stage == slow


def test_a_tail_that_no_stage_explains_is_the_residual() -> None:
    table = samples(2_000)
    totals = table["total_ns"].to_numpy().copy()
    totals[::50] += 90_000
    place = table.schema.get_field_index("total_ns")
    made = table.set_column(place, "total_ns", pa.array(totals))
    assert figures(stamped(made))[4].bands.tail_stage == RESIDUAL


def test_too_few_calls_carry_neither_a_tail_nor_its_percentiles() -> None:
    found = figures(stamped(samples(999, slow="reply_wire")))[4]
    assert (found.bands.p99, found.bands.tail_stage) == (None, "")
    assert math.isnan(found.quantiles_ns["reply_wire"][3])
    assert found.quantiles_ns["reply_wire"][1] == pytest.approx(5_002, abs=2)


def test_each_stage_and_the_residual_has_its_own_percentiles() -> None:
    found = figures(stamped(samples(2_000, slow="reply_wire")))[4].quantiles_ns
    assert list(found) == [*STAGES, *AFTER, RESIDUAL]
    assert found["reply_wire"][3] > 40_000
    assert found["request_wire"][3] < 4_010


def test_calls_of_other_modes_are_not_looked_at() -> None:
    assert stamped(samples(2_000, mode="sampled")) == {}
