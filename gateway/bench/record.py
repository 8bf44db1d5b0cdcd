"""Writes a run folder while it is measured, a row group a round."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from gateway.bench.manifest import BLOCKS, SAMPLES
from gateway.bench.tables import BLOCKS_SCHEMA, SAMPLES_SCHEMA, Blocks, blocks_of
from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from gateway.bench.manifest import Manifest

RUN, SUMMARY, SPANS, REPORT = "run.json", "summary.json", "spans.json", "report.html"
TABLE = ".parquet"


class Recorder:
    """Context manager over a new run folder; refuses one that exists. On leaving, all tables are whole and closed.

    The manifest then has rows and SHA-256 of every table.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._rows: list[dict[str, Any]] = []
        self._samples: list[pa.Table] = []
        self._kept: list[pa.Table] = []
        self._written = {BLOCKS: 0, SAMPLES: 0}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        create(self.folder)
        self._blocks_file = self._stack.enter_context(_writer(self.folder / BLOCKS, BLOCKS_SCHEMA))
        self._samples_file = self._stack.enter_context(_writer(self.folder / SAMPLES, SAMPLES_SCHEMA))
        self.write_manifest()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._stack.close()
        self.manifest.files |= {name: _registered(self.folder / name, rows) for name, rows in self._written.items()}
        self.write_manifest()

    def keep(self, row: dict[str, Any], samples: pa.Table) -> None:
        """Keep a block until the next flush."""
        self._rows.append(row)
        if samples.num_rows:
            self._samples.append(samples)

    def flush(self) -> None:
        """Write what was kept since the last flush as one row group each."""
        if self._rows:
            self._kept.append(pa.Table.from_pylist(self._rows, schema=BLOCKS_SCHEMA))
            self._blocks_file.write_table(self._kept[-1])
            self._written[BLOCKS] += len(self._rows)
        if self._samples:
            table = pa.concat_tables(self._samples)
            self._samples_file.write_table(table)
            self._written[SAMPLES] += table.num_rows
        self._rows, self._samples = [], []

    def blocks(self) -> Blocks:
        """Return the blocks that were flushed so far."""
        return blocks_of(pa.concat_tables([BLOCKS_SCHEMA.empty_table(), *self._kept]))

    def table(self, name: str, table: pa.Table) -> None:
        """Write a further table of the run, whole, as NAME.parquet."""
        path = self.folder / f"{name}{TABLE}"
        with _writer(path, table.schema) as writer:
            writer.write_table(table)
        self.manifest.files[path.name] = _registered(path, table.num_rows)

    def spans(self, document: dict[str, Any]) -> None:
        """Write the spans of the traced calls, OTLP JSON."""
        path = self.folder / SPANS
        write_json(path, document)
        self.manifest.files[SPANS] = _registered(path, len(document["resourceSpans"]))

    def write_manifest(self) -> None:
        """Write run.json as it stands now."""
        write_json(self.folder / RUN, self.manifest.to_json())


def create(folder: Path) -> None:
    """Make the run folder; refuses one that exists or cannot be made."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise Refusal(f"{folder} exists", "a run is never overwritten: name another --out") from error
    except OSError as error:
        raise Refusal(f"cannot make {folder}: {error.strerror}", "name another --out") from error


def refuse_existing(folder: Path) -> None:
    """Refuse a folder that exists, before any work is done for it."""
    if folder.exists():
        raise Refusal(f"{folder} exists", "a run is never overwritten: name another --out")


def write_json(path: Path, content: Any) -> None:
    """Write JSON by way of a neighbouring file, so that no reader finds half of it."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(path)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _registered(path: Path, rows: int) -> dict[str, Any]:
    return {"rows": rows, "sha256": sha256(path)}
