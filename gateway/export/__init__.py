"""A run's figures in the formats of other tools, one file a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.export import csv_rows, gobench, json_document, packed, prometheus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.bench.folder import Run

FORMATS: Mapping[str, Callable[[Run], str]] = {
    "gobench": gobench.text,
    "csv": csv_rows.text,
    "json": json_document.text,
    "prometheus": prometheus.text,
    "packed": packed.text,
}
"""Each takes a run and returns the whole text, ended by a newline."""
