"""The traces that a run recorded: its spans.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.traces import spans, trace

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.traces.trace import Trace

RUN, SPANS = "run.json", "spans.json"


def traces(folder: Path) -> list[Trace]:
    """Return the traces of a run; raises Refusal for what is no run, and for a run without spans."""
    if not (folder / RUN).is_file():
        raise Refusal(f"{folder} is not a run: it has no {RUN}", "name a folder that `gateway bench` wrote, or a URL")
    path = folder / SPANS
    if not path.is_file():
        raise Refusal(
            f"{folder} has no spans: it was interrupted before its traces, or they went to OTEL_EXPORTER_OTLP_ENDPOINT",
            "measure to the end without that variable, or name the query URL of your Jaeger",
        )
    try:
        found = trace.by_id(spans.from_json(json.loads(path.read_text(encoding="utf-8"))["resourceSpans"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refusal(f"{path} is truncated or no OTLP JSON", "measure again; nothing was overwritten") from error
    if not found:
        raise Refusal(f"{path} holds no span", "measure again with a build whose processes export them")
    return found
