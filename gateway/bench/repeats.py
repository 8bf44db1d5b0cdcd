"""What was measured several times over, passes of a sweep, rounds of journeys: its rows, its percentiles. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.bench import histogram
from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from gateway.bench.folder import Run

Times = tuple[histogram.Values, histogram.Counts]


def rows_of(run: Run, name: str, schema: pa.Schema) -> list[dict[str, Any]]:
    """Return the rows of a further table of the run, none where it has none; refuses one of other columns."""
    table = run.tables.get(name)
    if table is None:
        return []
    if not table.schema.equals(schema):
        remedy = "read it with the gateway that wrote it, or measure again"
        raise Refusal(f"{run.folder / name}.parquet has other columns than this gateway's", remedy)
    return table.to_pylist()


def times_of(row: dict[str, Any]) -> Times:
    """Return a row's bucket values in ns, rising, and their counts."""
    values = np.array(row["bucket_values"], dtype=np.float64) * row.get("unit_ns", 1.0)
    return values, np.array(row["bucket_counts"], dtype=np.int64)


def percentile(repeats: Sequence[Times], share: float) -> float | None:
    """Return the median of a percentile over the repeats that carry it; else that of all their samples, if they do.

    One disturbed repeat of three would decide the tail of all samples together, and does not move the median.
    """
    alone = [histogram.percentile(*one, share) for one in repeats if histogram.carries(int(one[1].sum()), share)]
    if alone:
        return median(alone)
    values, counts = histogram.merge(list(repeats))
    return histogram.percentile(values, counts, share) if histogram.carries(int(counts.sum()), share) else None
