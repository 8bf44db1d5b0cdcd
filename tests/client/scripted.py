"""A worker that does what a test says, frame by frame, on a Unix socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gateway.gen.kernels.v1.echo_pb2 import EchoResponse
from gateway.gen.wire.v1.wire_pb2 import CallHeader, Goaway, Hello, Receipt
from gateway.wire import frame
from gateway.wire.codec_generated import decode_msgpack, encode_msgpack
from gateway.wire.frame import Frame, FrameReader
from gateway.wire.lists_generated import CONTRACT, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, Executed, FrameType
from tests.plain_worker import private_folder

GOOD = encode_msgpack(EchoResponse(payload=b"good"))


class Peer:
    """The worker's end of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = FrameReader()
        self._frames: list[Frame] = []

    def read(self) -> Frame:
        """The next frame of the client."""
        while not self._frames:
            data = self._connection.recv(1 << 16)
            if not data:
                raise ConnectionError("the client is gone")
            self._frames += self._reader.feed(data)
        return self._frames.pop(0)

    def read_call(self) -> Frame:
        """The next frame, which begins a call."""
        call = self.read()
        assert call.type is FrameType.CALL, call
        decode_msgpack(CallHeader, call.header)
        return call

    def send(self, data: bytes) -> None:
        """Any bytes."""
        self._connection.sendall(data)

    def greet(self, **fields: Any) -> None:
        """Read the client's hello and send ours."""
        assert self.read().type is FrameType.HELLO
        usual = {"contract": CONTRACT, "max_message_bytes": MAX_MESSAGE_BYTES, "max_frame_bytes": MAX_FRAME_BYTES}
        hello = Hello(**{**usual, "window_calls": 16, **fields})
        self.send(frame.encode(FrameType.HELLO, header=encode_msgpack(hello)))

    def reply(self, call_id: int, payload: bytes = GOOD, **fields: Any) -> None:
        """A reply in one frame; by default a good one."""
        receipt = Receipt(**{"executed": Executed.YES, "total_bytes": len(payload), **fields})
        self.send(frame.encode(FrameType.REPLY, call_id, encode_msgpack(receipt), payload))

    def goaway(self, last_call_id: int, reason: int = 2) -> None:
        """A goaway, DRAINING by default."""
        header = encode_msgpack(Goaway(last_call_id=last_call_id, reason=reason))
        self.send(frame.encode(FrameType.GOAWAY, header=header))


@contextmanager
def scripted(*scripts: Callable[[Peer], None]) -> Iterator[str]:
    """Serves one connection by each script, the last one for all that follow; gives the client's address."""
    with private_folder() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = folder / "worker.sock"
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_serve, args=(listener, list(scripts)), daemon=True).start()
        yield f"uds:{path}"
        _unblock(listener, path)


def _serve(listener: socket.socket, scripts: list[Callable[[Peer], None]]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
            threading.Thread(target=_run, args=(connection, script), daemon=True).start()


def _run(connection: socket.socket, script: Callable[[Peer], None]) -> None:
    with connection, suppress(OSError):
        script(Peer(connection))


def _unblock(listener: socket.socket, path: Path) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    path.unlink(missing_ok=True)
