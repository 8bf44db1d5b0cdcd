"""The report of a run: one HTML file that needs nothing else. Pure: findings in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.bench.findings import Findings


def page(findings: Findings) -> str:
    """Return the whole report."""
    raise NotImplementedError
