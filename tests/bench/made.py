"""Parts of a run, made by hand: plans of stated cases, blocks of which only some columns matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gateway.bench.plan import Case, Plan
from gateway.bench.rounds import OFF
from gateway.bench.tables import BLOCKS_SCHEMA, Blocks, blocks_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def plan(*cases: Case) -> Plan:
    """A plan of these cases; the rest of it does not matter."""
    return Plan(
        name="made",
        seed=1,
        rounds=20,
        block_ns=1,
        warmup_ns=0,
        min_calls=1,
        stamps_every=1,
        reservoir=0,
        timeout_ns=0,
        budget_s=0,
        minimum_gain=0.2,
        cases=cases,
    )


def blocks(*rows: Mapping[str, Any]) -> Blocks:
    """Blocks without stamps, each of 1 s and 10 calls of 100 ns; a row states what is different about its block."""
    usual = {
        **dict.fromkeys(BLOCKS_SCHEMA.names, 0),
        "mode": OFF,
        "end_ns": 10**9,
        "calls": 10,
        "batch": 1,
        "unit_ns": 1.0,
        "bucket_values": [100],
        "bucket_counts": [10],
    }
    return blocks_of(pa.Table.from_pylist([{**usual, **row} for row in rows], schema=BLOCKS_SCHEMA))
