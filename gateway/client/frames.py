"""Blocking calls by frames: one connection for all, made anew when the worker went or said goaway."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.client.call import late
from gateway.client.connection import Gone, again
from gateway.client.error import CallError, failed
from gateway.client.link import Link
from gateway.wire.lists_generated import Executed, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.client.address import Settings
    from gateway.client.call import Call, Reply

CONNECTIONS_TRIED = 3
"""A worker that greets and says goaway so often has no place for the call."""


class FrameChannel:
    """Safe for any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._links: list[Link] = []
        """The last one takes calls; those before it finish theirs."""
        self._final: CallError | None = None

    def call(self, call: Call) -> Reply:
        """Make one call; raises CallError."""
        for _ in range(CONNECTIONS_TRIED):
            try:
                return self._link(call).call(call)
            except Gone:
                continue
        raise failed(Reason.DRAINING, "the worker takes connections, but no call")

    def close(self) -> None:
        """End the connection; calls in flight fail, and no other can be made."""
        with self._lock:
            self._final = failed(Reason.NO_WORKER, "the client was closed")
            for link in self._links:
                link.close()

    def _link(self, call: Call) -> Link:
        """The link that takes calls, or a new one; another contract is remembered, since no further try helps."""
        with self._locked(call):
            if self._final is not None:
                raise again(self._final)
            if not self._links or not self._links[-1].open:
                self._links = [*(link for link in self._links if not link.ended), self._connected(call)]
            return self._links[-1]

    def _connected(self, call: Call) -> Link:
        try:
            return Link(self._settings, call.left_s())
        except CallError as error:
            if error.reason is Reason.CONTRACT_MISMATCH:
                self._final = again(error)
            raise

    @contextmanager
    def _locked(self, call: Call) -> Iterator[None]:
        """Hold the lock; somebody else may connect under it for longer than this call has time."""
        left_s = call.left_s()
        if not self._lock.acquire(timeout=-1 if left_s is None else left_s):
            raise late(Executed.NO)
        try:
            yield
        finally:
            self._lock.release()
