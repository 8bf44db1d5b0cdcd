"""Reads a run folder back, and refuses one that is not whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.bench import manifest as heads
from gateway.bench.record import BLOCKS, RUN, SAMPLES, SPANS, TABLE, sha256
from gateway.bench.tables import BLOCKS_SCHEMA, SAMPLES_SCHEMA, Blocks, blocks_of
from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

_REMEDY = "name a folder that `gateway bench` wrote"
_AGAIN = "measure again; nothing was overwritten"
_EDITED = "the folder was edited; measure again"


@dataclass(frozen=True, slots=True)
class Run:
    """A run folder's content.

    `samples` has the schema SAMPLES_SCHEMA, `spans` are OTLP JSON resource spans, `tables` the further tables by name.
    """

    folder: Path
    manifest: heads.Manifest
    blocks: Blocks
    samples: pa.Table
    spans: list[dict[str, Any]]
    tables: dict[str, pa.Table] = field(default_factory=dict)


def read(folder: Path) -> Run:
    """Read a run; raises Refusal when the folder is none, is of a newer format, or was truncated or edited."""
    manifest = head(folder)
    tables = {name: _table(folder / name, noted) for name, noted in manifest.files.items() if name.endswith(TABLE)}
    blocks, samples = (_checked(folder, tables, *one) for one in ((BLOCKS, BLOCKS_SCHEMA), (SAMPLES, SAMPLES_SCHEMA)))
    further = {name.removesuffix(TABLE): table for name, table in tables.items() if name not in (BLOCKS, SAMPLES)}
    return Run(folder, manifest, blocks_of(blocks), samples, _spans(folder, manifest), further)


def measured(folder: Path) -> bool:
    """Whether anything was measured into the folder."""
    return (folder / RUN).is_file() and head(folder).blocks > 0


def head(folder: Path) -> heads.Manifest:
    """Return what run.json says; refuses a folder without one, and one that is older, newer, truncated or edited."""
    path = folder / RUN
    if not path.is_file():
        raise Refusal(f"{folder} is not a run: it has no {RUN}", _REMEDY)
    try:
        return heads.from_json(json.loads(path.read_text(encoding="utf-8")))
    except heads.ManifestError as error:
        raise Refusal(f"{folder} cannot be read: {error}", error.remedy) from error
    except (OSError, ValueError) as error:
        raise Refusal(f"{folder} is not a whole run: {RUN} is truncated", _AGAIN) from error


def _checked(folder: Path, tables: dict[str, pa.Table], name: str, schema: pa.Schema) -> pa.Table:
    """Return one of the two tables that every run has."""
    if name not in tables:
        raise Refusal(f"{folder} was never finished: {RUN} says nothing of {name}", _AGAIN)
    if not tables[name].schema.equals(schema):
        raise Refusal(f"{folder / name} has other columns than a run's", _REMEDY)
    return tables[name]


def _table(path: Path, noted: dict[str, Any]) -> pa.Table:
    """Return a table when it is the one that run.json speaks of."""
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise Refusal(f"{path} is missing or truncated", _AGAIN) from error
    if table.num_rows != noted["rows"]:
        raise Refusal(f"{path} has {table.num_rows} rows, {RUN} says {noted['rows']}", _EDITED)
    _check_digest(path, noted)
    return table


def _check_digest(path: Path, noted: dict[str, Any]) -> None:
    if sha256(path) != noted["sha256"]:
        raise Refusal(f"{path} is not the file that was written: its SHA-256 is not that of {RUN}", _EDITED)


def _spans(folder: Path, manifest: heads.Manifest) -> list[dict[str, Any]]:
    """Return the run's spans; a run that was interrupted before its traces has none."""
    if SPANS not in manifest.files:
        return []
    path = folder / SPANS
    try:
        spans = json.loads(path.read_text(encoding="utf-8"))["resourceSpans"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{path} is missing or truncated", _AGAIN) from error
    _check_digest(path, manifest.files[SPANS])
    return spans
