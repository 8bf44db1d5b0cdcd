"""The way of spans: a queue, then the receiver. It lets no more in than the queue holds, so that the queue itself,
which would not tell, never drops one. Sends from a thread of its own."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from gateway.proxy.ledger import Ledger

FLUSH_S = 2.0
"""How long the last spans may take to leave."""
GIVE_UP_S = 0.2
"""How long the export may take to notice that it was given up."""
DEFAULT_ROOM = 2048
FULL = "the receiver takes spans slower than they are made, or not at all"
REFUSED = "the receiver did not take them"
ENDED = "the process ended before the receiver had taken them"


class Passage(SpanProcessor):
    """Takes ended spans and never waits; `end` waits within a bound."""

    def __init__(self, exporter: SpanExporter, ledger: Ledger) -> None:
        self._room = room()
        self._ledger = ledger
        self._exporter = exporter
        self._outlet = _Outlet(exporter, ledger)
        self._entered = 0
        self._ended = False
        self._queue = BatchSpanProcessor(self._outlet, max_queue_size=self._room)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is done before a span's end."""

    def on_end(self, span: ReadableSpan) -> None:
        """Put a span on its way, or drop it."""
        if self._ended:
            self._ledger.lose(1, ENDED)
        elif self._entered - self._outlet.left >= self._room:
            self._ledger.lose(1, FULL)
        else:
            self._entered += 1
            self._queue.on_end(span)

    def end(self) -> None:
        """Send what is left, within a bound; what does not leave is counted. Blocks."""
        self._ended = True
        ending = threading.Thread(target=self._queue.shutdown, name="spans-end", daemon=True)
        ending.start()
        ending.join(FLUSH_S)
        if ending.is_alive():
            self._exporter.shutdown()
            ending.join(GIVE_UP_S)
        left = self._entered - self._outlet.left
        if left:
            self._ledger.lose(left, ENDED)
        self._ledger.tell(ENDED)


class _Outlet(SpanExporter):
    """The end of the way. `left` counts spans that arrived or were refused."""

    def __init__(self, exporter: SpanExporter, ledger: Ledger) -> None:
        self._exporter = exporter
        self._ledger = ledger
        self.left = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            self.left += len(spans)
            if result is not SpanExportResult.SUCCESS:
                self._ledger.lose(len(spans), REFUSED)
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


def room() -> int:
    """How many spans may be on their way: OTEL_BSP_MAX_QUEUE_SIZE."""
    given = os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", "")
    return int(given) if given.isdecimal() and int(given) else DEFAULT_ROOM
