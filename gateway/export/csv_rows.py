"""CSV (RFC 4180 but for line ends, which are LF), a row for each case in each round. Pure."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from gateway.export.rows import Row, rows

if TYPE_CHECKING:
    from gateway.bench.folder import Run


def text(run: Run) -> str:
    """Return the header, which names units, and the rows."""
    written = io.StringIO()
    writer = csv.DictWriter(written, [one.name for one in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for _, row in rows(run))
    return written.getvalue()
