"""Dropped spans: counted, and told of at intervals."""

from __future__ import annotations

import logging
import threading
import time

TELL_EVERY_S = 60.0
"""How often dropped spans are told of: a receiver that is away is no news."""

log = logging.getLogger(__name__)


class Ledger:
    """Counts dropped spans; the first is told at once, then their number at most once in `TELL_EVERY_S`."""

    def __init__(self) -> None:
        self.dropped = 0
        self._told = 0
        self._quiet_until_s = 0.0
        self._lock = threading.Lock()

    def lose(self, count: int, because: str) -> None:
        """Count spans that will not arrive."""
        with self._lock:
            self.dropped += count
            now_s = time.monotonic()
            is_due = now_s >= self._quiet_until_s
            if is_due:
                self._quiet_until_s = now_s + TELL_EVERY_S
        if is_due:
            self.tell(because)

    def tell(self, because: str) -> None:
        """Write the number to the log when it has grown since the last time."""
        with self._lock:
            is_news, self._told = self._told != self.dropped, self.dropped
        if is_news:
            log.warning(
                "spans are dropped, calls are not affected; check OTEL_EXPORTER_OTLP_ENDPOINT and its receiver: "
                "dropped=%d because=%s",
                self._told,
                because,
            )
