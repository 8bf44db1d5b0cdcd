"""What carries a connection of frames for blocking callers: a Unix socket, or one bidi call of gRPC."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from typing import TYPE_CHECKING, Protocol

from gateway.client.error import failed
from gateway.wire.lists_generated import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.client.address import Settings

READ_BYTES = 128 << 10


class Transport(Protocol):
    """Bytes both ways. All but `bound` and `offer` may wait; OSError means that it is gone."""

    def bound(self, timeout_s: float | None) -> None:
        """End a read that takes longer, from now on."""
        ...

    def offer(self, chunk: bytes) -> int:
        """Write without waiting; the number of bytes that were taken."""
        ...

    def write(self, chunk: bytes) -> None:
        """Write all of it."""
        ...

    def read(self) -> bytes:
        """What has come, b"" at the end."""
        ...

    def close(self) -> None:
        """End it, and whoever reads or writes in it."""
        ...


def opened(settings: Settings, timeout_s: float) -> Transport:
    """The transport of the channel; raises CallError when nobody listens."""
    return StreamTransport(settings) if settings.by_stream else SocketTransport(settings.target, timeout_s)


class SocketTransport:
    """Frames on a Unix socket."""

    def __init__(self, path: str, timeout_s: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise failed(Reason.NO_WORKER, f"{path}: {error.strerror or error}") from error

    def bound(self, timeout_s: float | None) -> None:
        """See Transport."""
        self._socket.settimeout(timeout_s)

    def offer(self, chunk: bytes) -> int:
        """See Transport."""
        try:
            return self._socket.send(chunk, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0

    def write(self, chunk: bytes) -> None:
        """See Transport."""
        self._socket.sendall(chunk)

    def read(self) -> bytes:
        """See Transport."""
        return self._socket.recv(READ_BYTES)

    def close(self) -> None:
        """See Transport."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class StreamTransport:
    """Frames in the messages of `wire.v1.FrameService/Stream`, on a gRPC connection of its own."""

    def __init__(self, settings: Settings) -> None:
        from gateway.client import frame_stream  # grpc takes long to load, and sockets do without

        self._chunks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._channel = frame_stream.channel(settings)
        self._stream = frame_stream.call(self._channel, self._outgoing())
        self._errors = frame_stream.ERRORS
        self._timer: threading.Timer | None = None

    def bound(self, timeout_s: float | None) -> None:
        """See Transport."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(timeout_s, self._stream.cancel) if timeout_s is not None else None
        if self._timer is not None:
            self._timer.start()

    def offer(self, chunk: bytes) -> int:
        """See Transport; the library takes everything and writes it by a thread of its own."""
        self._chunks.put(chunk)
        return len(chunk)

    def write(self, chunk: bytes) -> None:
        """See Transport."""
        self._chunks.put(chunk)

    def read(self) -> bytes:
        """See Transport."""
        try:
            return next(self._stream, b"")
        except self._errors as error:
            raise ConnectionError(str(error)) from error

    def close(self) -> None:
        """See Transport."""
        self.bound(None)
        self._chunks.put(None)
        self._stream.cancel()
        self._channel.close()

    def _outgoing(self) -> Iterator[bytes]:
        while (chunk := self._chunks.get()) is not None:
            yield chunk
