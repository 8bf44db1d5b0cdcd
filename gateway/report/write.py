"""Writes what a run says into its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.findings import Findings, conclude, to_json
from gateway.bench.folder import read
from gateway.bench.record import REPORT, SUMMARY, write_json
from gateway.errors import Refusal
from gateway.report import html

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path) -> Findings:
    """Compute summary.json and report.html from the run's tables; refuses a folder that is no whole run."""
    findings = conclude(read(folder))
    try:
        write_json(folder / SUMMARY, to_json(findings))
        (folder / REPORT).write_text(html.page(findings), encoding="utf-8")
    except OSError as error:
        raise Refusal(f"cannot write into {folder}: {error.strerror}", "copy the run to where you may write") from error
    return findings
