"""The two tables of a run folder: blocks and samples. Their Arrow schemas, and blocks as columns of numpy. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.bench import histogram
from gateway.traces.stages import HOP_STAMPS
from gateway.wire.lists_generated import STAMPS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gateway.bench.processes import ProcessUse
    from gateway.gen.bench.v1 import driver_pb2

_OF_BLOCK = ("start_ns", "end_ns", "calls", "batch", "request_bytes", "reply_bytes")
_OF_GO = ("allocated_objects", "allocated_bytes", "gc_cycles", "gc_pause_ns", "gc_cpu_ns", "gc_pause_max_ns")
_SWITCHES_AND_FAULTS = ("voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")
_SIZES = ("threads", "rss_bytes", "pss_bytes")

BLOCKS_SCHEMA = pa.schema(
    [
        ("case", pa.int32()),
        ("round", pa.int32()),
        ("position", pa.int32()),
        ("mode", pa.string()),
        ("start_ns", pa.int64()),
        ("end_ns", pa.int64()),
        ("calls", pa.int64()),
        ("failures", pa.int64()),
        ("batch", pa.int32()),
        ("driver_cpu_ns", pa.int64()),
        ("worker_cpu_ns", pa.int64()),
        ("allocated_objects", pa.int64()),
        ("allocated_bytes", pa.int64()),
        ("gc_cycles", pa.int64()),
        ("gc_pause_ns", pa.int64()),
        ("request_bytes", pa.int64()),
        ("reply_bytes", pa.int64()),
        ("rate_per_s", pa.float64()),
        *((f"driver_{name}", pa.int64()) for name in (*_SWITCHES_AND_FAULTS, *_SIZES)),
        *((name, pa.int64()) for name in ("go_memory_bytes", "gc_cpu_ns", "gc_pause_max_ns")),
        *((f"worker_{name}", pa.int64()) for name in (*_SWITCHES_AND_FAULTS, *_SIZES)),
        ("unit_ns", pa.float64()),
        ("bucket_values", pa.list_(pa.int64())),
        ("bucket_counts", pa.list_(pa.int64())),
    ]
)
"""One row a block; bucket values are upper ends in `unit_ns` nanoseconds.

`rate_per_s` is the rate that was asked for, 0 in a closed loop. Switches, faults and the garbage collector are counts
or ns within the block; threads, RSS, PSS and Go's memory are as at its end. `worker_…` is everything that answers the
driver, added up: worker and proxy, or the server of a reference. 0 is not read.
"""

SAMPLES_SCHEMA = pa.schema(
    [
        ("case", pa.int32()),
        ("round", pa.int32()),
        ("mode", pa.string()),
        ("request", pa.int32()),
        ("total_ns", pa.float64()),
        *((stamp, pa.int64()) for stamp in (*STAMPS, *HOP_STAMPS)),
    ]
)
"""One row a kept call; a stamp that was not taken is 0."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a run as columns of shape (blocks,); block i has the buckets `offsets[i]` to `offsets[i + 1]`."""

    case: NDArray[np.int64]
    round: NDArray[np.int64]
    mode: NDArray[np.str_]
    calls: NDArray[np.int64]
    failures: NDArray[np.int64]
    batch: NDArray[np.int64]
    duration_ns: NDArray[np.int64]
    driver_cpu_ns: NDArray[np.int64]
    worker_cpu_ns: NDArray[np.int64]
    allocated_objects: NDArray[np.int64]
    allocated_bytes: NDArray[np.int64]
    gc_cycles: NDArray[np.int64]
    gc_pause_ns: NDArray[np.int64]
    gc_cpu_ns: NDArray[np.int64]
    gc_pause_max_ns: NDArray[np.int64]
    rate_per_s: NDArray[np.float64]
    driver_voluntary_switches: NDArray[np.int64]
    driver_involuntary_switches: NDArray[np.int64]
    driver_minor_faults: NDArray[np.int64]
    driver_major_faults: NDArray[np.int64]
    driver_threads: NDArray[np.int64]
    driver_rss_bytes: NDArray[np.int64]
    driver_pss_bytes: NDArray[np.int64]
    go_memory_bytes: NDArray[np.int64]
    worker_voluntary_switches: NDArray[np.int64]
    worker_involuntary_switches: NDArray[np.int64]
    worker_minor_faults: NDArray[np.int64]
    worker_major_faults: NDArray[np.int64]
    worker_threads: NDArray[np.int64]
    worker_rss_bytes: NDArray[np.int64]
    worker_pss_bytes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    values_ns: NDArray[np.float64]
    counts: NDArray[np.int64]

    def histogram(self, block: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the block's bucket values in ns and their counts."""
        span = slice(self.offsets[block], self.offsets[block + 1])
        return self.values_ns[span], self.counts[span]

    def percentiles(self, share: float) -> NDArray[np.float64]:
        """Return a percentile of each block's histogram, ns, shape (blocks,); NaN for a block without calls."""
        return histogram.percentiles(self.values_ns, self.counts, self.offsets, share)


def blocks_of(table: pa.Table) -> Blocks:
    """Turn a table of BLOCKS_SCHEMA into columns."""
    table = table.combine_chunks()
    plain = {one.name for one in fields(Blocks)} & set(table.column_names)
    columns: dict[str, Any] = {name: table[name].to_numpy() for name in plain - {"mode"}}
    lengths = pc.fill_null(pc.list_value_length(table["bucket_values"]), 0).to_numpy()  # type: ignore[attr-defined]
    units = np.repeat(table["unit_ns"].to_numpy(), lengths)
    return Blocks(
        **columns,
        mode=np.array(table["mode"].to_pylist(), dtype=np.str_),
        duration_ns=table["end_ns"].to_numpy() - table["start_ns"].to_numpy(),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        values_ns=np.asarray(_flat(table, "bucket_values") * units, dtype=np.float64),
        counts=_flat(table, "bucket_counts"),
    )


def block_row(
    case: int,
    round_index: int,
    position: int,
    mode: str,
    measured: driver_pb2.MeasureResponse,
    driver: ProcessUse,
    worker: ProcessUse,
    rate_per_s: float = 0.0,
) -> dict[str, Any]:
    """Return the row of BLOCKS_SCHEMA for what the driver measured.

    `worker` is what the answering processes used in the block; of `driver` only RSS and PSS count, the rest it counts
    itself.
    """
    return {
        "case": case,
        "round": round_index,
        "position": position,
        "mode": mode,
        **{name: getattr(measured, name, 0) for name in (*_OF_BLOCK, *_OF_GO, "go_memory_bytes")},
        **{f"driver_{name}": getattr(measured, name, 0) for name in (*_SWITCHES_AND_FAULTS, "threads")},
        **{f"driver_{name}": getattr(driver, name) for name in ("rss_bytes", "pss_bytes")},
        **{f"worker_{name}": getattr(worker, name) for name in ("cpu_ns", *_SWITCHES_AND_FAULTS, *_SIZES)},
        "failures": sum(measured.failures.values()),
        "driver_cpu_ns": measured.cpu_ns,
        "rate_per_s": rate_per_s,
        "unit_ns": measured.histogram_unit_ns,
        "bucket_values": list(measured.bucket_values),
        "bucket_counts": list(measured.bucket_counts),
    }


def histogram_of(measured: driver_pb2.MeasureResponse) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the bucket values in ns of a block that was just measured, and their counts."""
    values = np.array(measured.bucket_values, dtype=np.float64) * measured.histogram_unit_ns
    return values, np.array(measured.bucket_counts, dtype=np.int64)


def sample_columns(case: int, round_index: int, mode: str, records: driver_pb2.Records) -> pa.Table:
    """Return the table of SAMPLES_SCHEMA for a block's kept calls."""
    count = len(records.total_ns)
    columns: dict[str, Any] = {
        "case": np.full(count, case, dtype=np.int32),
        "round": np.full(count, round_index, dtype=np.int32),
        "mode": [mode] * count,
        "request": np.fromiter(records.request_index, dtype=np.int32, count=count),
        "total_ns": np.fromiter(records.total_ns, dtype=np.float64, count=count),
    }
    for stamp in (*STAMPS, *HOP_STAMPS):
        taken = getattr(records, f"{stamp}_ns")
        columns[stamp] = (
            np.fromiter(taken, dtype=np.int64, count=count) if len(taken) else np.zeros(count, dtype=np.int64)
        )
    return pa.table(columns, schema=SAMPLES_SCHEMA)


def _flat(table: pa.Table, name: str) -> NDArray[np.int64]:
    chunks = [chunk.flatten().to_numpy() for chunk in table[name].chunks]
    return np.concatenate(chunks) if chunks else np.empty(0, dtype=np.int64)
