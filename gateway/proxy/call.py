"""One call in flight through the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.proxy.connection import Connection
    from gateway.proxy.failure import Failure
    from gateway.proxy.watch import Watch


class Sink(Protocol):
    """Where the answer of a call goes: a front."""

    def deliver(self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int) -> None:
        """Take a piece of the reply, `data[start:stop]`: header, then payload. The last piece has no flag."""

    def fail(self, call: Call, failure: Failure) -> None:
        """Take the end of a call that no worker answers."""


class Call:
    """A call that was taken. Its request is kept until it is answered, so that it can go to another connection.

    Where calls are counted, `upstream` is a name and `status` a canonical code, each from when it is known.
    """

    __slots__ = (
        "answered",
        "body",
        "client_id",
        "connection",
        "flags",
        "header_bytes",
        "rest",
        "sink",
        "status",
        "tries",
        "upstream",
        "upstream_id",
        "watch",
    )

    def __init__(self, sink: Sink, client_id: int, flags: int, header_bytes: int, body: bytes) -> None:
        self.sink = sink
        self.client_id = client_id
        self.flags = flags
        """Of the first frame."""
        self.header_bytes = header_bytes
        self.body = body
        """Header and payload of the first frame."""
        self.rest: list[tuple[int, bytes]] | None = None
        """Flags and payload of the frames after the first."""
        self.connection: Connection | None = None
        """Where it was sent, None while it waits."""
        self.upstream_id = 0
        self.tries = 0
        """How often a worker that drained has sent it away."""
        self.answered = False
        """Failed, answered or given up: what still comes of its request is skipped."""
        self.watch: Watch | None = None
        self.upstream: str
        self.status: int

    def add(self, flags: int, payload: bytes) -> None:
        """Take a further piece of the request, and send it when the first is sent."""
        if self.rest is None:
            self.rest = []
        self.rest.append((flags, payload))
        if self.connection is not None:
            self.connection.add(self, flags, payload)

    def replace_header(self, header: bytes) -> None:
        """Put another header before the payload."""
        self.body = header + self.body[self.header_bytes :]
        self.header_bytes = len(header)

    def cancel(self) -> bool:
        """Tell the worker that nobody waits; False when no worker has the call."""
        if self.connection is None:
            return False
        self.connection.cancel(self)
        return True
