"""Real workers, real proxies, and a client of frames that does one thing at a time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import grpc

from gateway.proxy import header
from gateway.proxy.connection import our_hello
from gateway.proxy.stream import METHOD, frames_of, varint
from gateway.wire import frame
from gateway.wire.frame import Frame, FrameReader, Side
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, FrameType, Reason
from tests.running import built

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_BYTES = 4096
END_S = 10.0


@dataclass
class Process:
    """A worker or a proxy."""

    process: subprocess.Popen[str]
    endpoints: dict[str, str]
    told: dict[str, Any]
    stderr: IO[bytes]

    def log(self) -> str:
        """What it has logged."""
        return written(self.stderr)

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        return self.process.wait(timeout=END_S)


def written(log: IO[bytes]) -> str:
    """A file's content; the child, which shares the place at which it is written, is not disturbed."""
    return os.pread(log.fileno(), os.fstat(log.fileno()).st_size, 0).decode()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A private folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="p", dir="/tmp") as path:
        yield Path(path)


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str] | None = None) -> Iterator[Process]:
    """A child that has announced itself."""
    variables = {**os.environ, **(environment or {})}
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout
            line = process.stdout.readline(LINE_BYTES)
            assert line, f"{command} has not announced itself: {written(log)}"
            told = json.loads(line)
            yield Process(process, told["endpoints"], told, log)
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def worker(*flags: str, at: Path | None = None) -> Iterator[Process]:
    """A worker with the kernels that misbehave, in a folder of its own or in a given one."""
    with folder() as own, started(worker_command(at or own, *flags)) as process:
        yield process


def worker_command(at: Path, *flags: str) -> list[str]:
    """The command line of a worker that serves frames."""
    return [str(built() / "sidecar-worker"), "--socket-dir", str(at), "--uds", "--faults", *flags]


@contextlib.contextmanager
def proxy(*flags: str, at: Path | None = None, environment: dict[str, str] | None = None) -> Iterator[Process]:
    """A proxy in a folder of its own or in a given one."""
    with folder() as own:
        command = [sys.executable, "-m", "gateway", "proxy", "--socket-dir", str(at or own), *flags]
        with started(command, environment) as process:
            yield process


@contextlib.contextmanager
def pair(
    *flags: str, worker_flags: tuple[str, ...] = (), environment: dict[str, str] | None = None
) -> Iterator[tuple[Process, Process]]:
    """A worker and a proxy before it."""
    with (
        worker(*worker_flags) as behind,
        proxy("--upstream", behind.endpoints["uds"], *flags, environment=environment) as one,
    ):
        yield behind, one


def call_header(kernel: str, payload: bytes, **fields: Any) -> bytes:
    """A CallHeader in protobuf for a whole payload."""
    values = {"codec": 1, "total_bytes": len(payload), "deadline_ns": 0, "stamps": False} | fields
    trace = [values.get("trace_context", b""), values.get("tracestate", b"")]
    scalars = [values["codec"], values["total_bytes"], values["deadline_ns"], values["stamps"]]
    return header.pack([kernel.encode(), *scalars, *trace])


@dataclass
class Answer:
    """A reply put together: its receipt's fields and its payload."""

    receipt: list[Any]
    payload: bytes

    @property
    def reason(self) -> Reason:
        return Reason(self.receipt[header.REASON])

    @property
    def executed(self) -> int:
        return self.receipt[header.EXECUTED]


class Stream:
    """One stream to a proxy, driven by hand. Every wait has a bound."""

    def __init__(self, address: str, *, hello: bytes | None = b"", seconds: float = END_S) -> None:
        target = f"unix:{address}" if address.startswith("/") else address
        self._channel = grpc.insecure_channel(target, options=[("grpc.max_receive_message_length", -1)])
        self._requests = _Requests()
        self._call = self._channel.stream_stream(METHOD)(self._requests, timeout=seconds)
        self._reader = FrameReader(sender=Side.WORKER)
        self._frames: list[Frame] = []
        self._last_id = 0
        self.hello: list[Any] = []
        if hello is not None:
            self.send(frame.encode(FrameType.HELLO, 0, hello or our_hello(MAX_MESSAGE_BYTES)))
            self.hello = header.read_hello(self.frame().header) or []

    def send(self, *frames: bytes) -> None:
        """Send frames in one message."""
        joined = b"".join(frames)
        self.send_message(b"\x0a" + varint(len(joined)) + joined)

    def send_message(self, message: bytes) -> None:
        """Send any bytes as a message."""
        self._requests.put(message)

    def frame(self) -> Frame:
        """The next frame."""
        while not self._frames:
            message = next(self._call)
            start, stop = frames_of(message)
            self._frames = self._reader.feed(message[start:stop])
        return self._frames.pop(0)

    def begin(self, kernel: str, payload: bytes = b"", **fields: Any) -> int:
        """Send a call in one frame, or in as many as it takes; its id."""
        self._last_id += 1
        packed = call_header(kernel, payload, **fields)
        for piece in frame.cut(FrameType.CALL, self._last_id, packed, payload):
            self.send(piece)
        return self._last_id

    def answer(self, call_id: int) -> Answer:
        """The whole reply of a call; replies of others in between are an error."""
        receipt, payload = None, b""
        while True:
            found = self.frame()
            assert (found.type, found.call_id) == (FrameType.REPLY, call_id), found
            receipt = receipt or header.read_receipt(found.header)
            payload += found.payload
            if not found.more:
                assert receipt is not None
                return Answer(receipt, payload)

    def call(self, kernel: str, payload: bytes = b"", **fields: Any) -> Answer:
        """One call from start to end."""
        return self.answer(self.begin(kernel, payload, **fields))

    def half_close(self) -> None:
        self._requests.put(None)

    def end(self) -> grpc.StatusCode:
        """Read to the end of the stream; its status."""
        with contextlib.suppress(grpc.RpcError):
            for _ in self._call:
                pass
        return self._call.code()

    def close(self) -> None:
        self._requests.put(None)
        self._call.cancel()
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Requests:
    """What is put comes out, until None."""

    def __init__(self) -> None:
        import queue

        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def put(self, message: bytes | None) -> None:
        self._queue.put(message)

    def __iter__(self) -> _Requests:
        return self

    def __next__(self) -> bytes:
        message = self._queue.get()
        if message is None:
            raise StopIteration
        return message


def channel(process: Process, name: str = "gateway") -> grpc.Channel:
    """A plain gRPC channel to a proxy."""
    address = process.endpoints[name]
    options = [("grpc.max_receive_message_length", -1), ("grpc.default_authority", "localhost")]
    return grpc.insecure_channel(f"unix:{address}" if address.startswith("/") else address, options=options)


def eventually(condition: Any, seconds: float = 5.0) -> None:
    """Wait for it, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)
