"""One JSON document: where and how the run was made, what it concludes, and the rows of its rounds. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from gateway.bench.findings import conclude, to_json
from gateway.export.rows import rows
from gateway.finite import finite

if TYPE_CHECKING:
    from gateway.bench.folder import Run

FORMAT = 1
_HEAD = ("command", "created", "machine", "versions", "git", "input", "placement", "ended", "state")


def text(run: Run) -> str:
    """Return the document; figures that were not measured are null."""
    head = run.manifest.to_json()
    document = {
        "format": FORMAT,
        "run": {key: head[key] for key in _HEAD},
        "summary": to_json(conclude(run)),
        "rounds": [finite(asdict(row)) for _, row in rows(run)],
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"
