"""Reads a run folder back, and refuses one that is not whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gateway.bench import manifest as heads
from gateway.bench.record import BLOCKS, RUN, SAMPLES, SPANS
from gateway.bench.tables import BLOCKS_SCHEMA, SAMPLES_SCHEMA, Blocks, blocks_of
from gateway.errors import Refusal
from gateway.traces.stages import HOP_STAMPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_REMEDY = "name a folder that `gateway bench` wrote"


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder's content; `samples` has the schema SAMPLES_SCHEMA, `spans` are OTLP JSON resource spans."""

    folder: Path
    manifest: heads.Manifest
    blocks: Blocks
    samples: pa.Table
    spans: list[dict[str, Any]]


def read(folder: Path) -> Run:
    """Read a run; raises Refusal when the folder is none, is of a newer format, or was truncated or edited."""
    manifest = _manifest(folder)
    blocks = _table(folder / BLOCKS, BLOCKS_SCHEMA, manifest.blocks)
    samples = _table(folder / SAMPLES, SAMPLES_SCHEMA, manifest.samples, _with_hops)
    return Run(folder, manifest, blocks_of(blocks), samples, _spans(folder / SPANS))


def measured(folder: Path) -> bool:
    """Whether anything was measured into the folder."""
    return (folder / RUN).is_file() and _manifest(folder).blocks > 0


def _manifest(folder: Path) -> heads.Manifest:
    path = folder / RUN
    if not path.is_file():
        raise Refusal(f"{folder} is not a run: it has no {RUN}", _REMEDY)
    try:
        return heads.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise Refusal(f"{folder} is not a whole run: {error}", _REMEDY) from error


def _with_hops(table: pa.Table) -> pa.Table:
    """Give the samples of a run from before there was a proxy the stamps of its hop: none was taken."""
    for stamp in set(HOP_STAMPS) - set(table.column_names):
        table = table.append_column(stamp, pa.array(np.zeros(table.num_rows, dtype=np.int64)))
    return table.select([name for name in SAMPLES_SCHEMA.names if name in table.column_names])


def _table(
    path: Path, schema: pa.Schema, rows: int, amend: Callable[[pa.Table], pa.Table] = lambda table: table
) -> pa.Table:
    try:
        table = amend(pq.read_table(path))
    except (OSError, pa.ArrowException) as error:
        raise Refusal(f"{path} is missing or truncated", "measure again; nothing was overwritten") from error
    if not table.schema.equals(schema):
        raise Refusal(f"{path} has other columns than a run's", _REMEDY)
    if table.num_rows != rows:
        raise Refusal(f"{path} has {table.num_rows} rows, {RUN} says {rows}", "the folder was edited; measure again")
    return table


def _spans(path: Path) -> list[dict[str, Any]]:
    """Return the run's spans; a run that was interrupted before its traces has none."""
    if not path.is_file():
        return []
    try:
        return json.loads(path.read_text(encoding="utf-8"))["resourceSpans"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is truncated", "measure again; nothing was overwritten") from error
