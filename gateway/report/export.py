"""Writes a run's pictures as files, and overwrites none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.report import figures, svg

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from gateway.bench.findings import Findings

CHAPTERS = {one.name: one for one in (figures.REGIONS, *figures.CHAPTERS)}


def export(findings: Findings, folder: Path, kind: str, only: Collection[str] = ()) -> list[Path]:
    """Write each picture of the chapters (all without `only`) as FOLDER/NAME.KIND, and return their paths."""
    chapters = [one for one in CHAPTERS.values() if not only or one.name in only]
    charts = {folder / f"{chart.name}.{kind}": chart for chapter in chapters for chart in chapter.draw(findings)}
    if not charts:
        raise Refusal(f"{findings.folder} has no data for {', '.join(only)}", "its report says what would measure it")
    there = next((path for path in charts if path.exists()), None)
    if there:
        raise Refusal(f"{there} exists", "a figure is never overwritten: name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, chart in charts.items():
            path.write_bytes(svg.file_content(chart.figure, kind))
    except OSError as error:
        raise Refusal(f"cannot write into {folder}: {error.strerror}", "name another folder") from error
    return list(charts)
