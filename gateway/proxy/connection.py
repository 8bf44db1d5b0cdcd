"""One multiplexed connection to a worker: what is queued goes out in one write, what a read brings is parsed whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, Protocol, cast

from gateway.proxy import header
from gateway.proxy.failure import fail
from gateway.wire import frame
from gateway.wire.frame import COUNTED_PREFIX_BYTES, MORE, PREFIX, PREFIX_BYTES, ProtocolError, Side
from gateway.wire.lists_generated import CONTRACT, MAX_FRAME_BYTES, FrameType, Reason

if TYPE_CHECKING:
    from gateway.proxy.call import Call
    from gateway.proxy.header import Fields
    from gateway.proxy.watch import Watch

BUFFER_BYTES = 1 << 20
"""Of the read buffer; the system gives only the pages that are used."""
HELLO_S = 5.0
"""A peer that has not sent its hello by then is cut."""
UNSENT_BYTES = 8 << 20
"""Over it the fronts stop reading until half is gone (FRAME.md, "Flow")."""
JOINED_BYTES = 1 << 17
"""Up to here one copy is cheaper than a system call with many pieces."""
MIN_FRAME_BYTES = 4096
"""The least limit that a peer may announce: a receipt with its text has to fit."""
LENGTH_BYTES = PREFIX_BYTES - COUNTED_PREFIX_BYTES

_CALL, _REPLY = int(FrameType.CALL), int(FrameType.REPLY)
_pack, _unpack = PREFIX.pack, PREFIX.unpack_from


class Owner(Protocol):
    """Who keeps the connection."""

    def greeted(self, connection: Connection, hello: Fields) -> None:
        """The worker's hello is there."""

    def retired(self, connection: Connection, refused: list[Call]) -> None:
        """The worker takes no more calls, nor did it take the refused ones."""

    def lost(self, connection: Connection, problem: str) -> None:
        """The connection has ended; its calls were told."""


class Connection(asyncio.BufferedProtocol):
    """A client of FRAME.md."""

    def __init__(self, owner: Owner, hello: bytes) -> None:
        self._owner = owner
        self._hello = hello
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._last_id = 0
        self._flushed_id = 0
        self._watched: list[Watch] = []
        self._resumed: asyncio.Event | None = None
        self._problem = ""
        self._leaving = False
        self.calls: dict[int, Call] = {}
        self.max_frame_bytes = MAX_FRAME_BYTES
        self.window_calls = 0
        self.paused = False
        """The worker is slow to read: whoever feeds this connection stops reading."""

    # What the fronts do.

    def begin(self, call: Call) -> None:
        """Send the first frame of a call, and what has come behind it."""
        self._last_id = call.upstream_id = self._last_id + 1
        call.connection = self
        self.calls[self._last_id] = call
        if call.watch is not None:
            self._watched.append(call.watch)
        self._send(_CALL, call.flags, self._last_id, call.header_bytes, call.body)
        if call.rest is not None:
            for flags, payload in call.rest:
                self.add(call, flags, payload)

    def add(self, call: Call, flags: int, payload: bytes) -> None:
        """Send a further frame of a call."""
        self._send(_CALL, flags, call.upstream_id, 0, payload)

    def cancel(self, call: Call) -> None:
        """Tell the worker that nobody waits for the call."""
        if call.upstream_id in self.calls:
            self._send(FrameType.CANCEL, 0, call.upstream_id, 0, b"")

    async def resumed(self) -> None:
        """Wait until the worker has read half of what is unsent, or is gone."""
        if self._resumed is not None:
            await self._resumed.wait()

    def retire(self) -> None:
        """Take no more calls; the connection ends with its last reply."""
        self._leaving = True
        if not self.calls and self._transport is not None:
            self._loop.call_soon(self._close_when_sent)

    def abort(self, problem: str) -> None:
        """End it now."""
        self._problem = self._problem or problem
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the hello."""
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(high=UNSENT_BYTES, low=UNSENT_BYTES // 2)
        transport.write(frame.encode(FrameType.HELLO, 0, self._hello))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Where the next bytes go; a whole frame always fits."""
        if self._start and BUFFER_BYTES - self._end < MAX_FRAME_BYTES + PREFIX_BYTES:
            unread = self._end - self._start
            self._buffer[:unread] = self._buffer[self._start : self._end]
            self._start, self._end = 0, unread
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        """Parse every whole frame; a worker that breaks a rule is cut."""
        self._end += nbytes
        try:
            self._parse()
        except ProtocolError as error:
            self.abort(f"protocol error: {error}")
        if self._leaving:
            self.retire()

    def eof_received(self) -> bool:
        """Nothing is kept open for a worker that has ended."""
        return False

    def pause_writing(self) -> None:
        """Called over the limit of unsent bytes."""
        self.paused, self._resumed = True, asyncio.Event()

    def resume_writing(self) -> None:
        """Called when half is gone."""
        self.paused = False
        self._release()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every call: it may have run, unless no byte of it was written."""
        self.paused = False
        self._release()
        calls, self.calls = self.calls, {}
        problem = self._problem or (str(exc) if exc else "the worker closed the connection")
        for upstream_id, call in calls.items():
            written = upstream_id <= self._flushed_id
            reason = Reason.WORKER_DIED if written else Reason.NO_WORKER
            call.sink.fail(call, fail(reason, f"the connection to the worker ended: {problem}"))
        self._owner.lost(self, problem)

    # The rest is its own.

    def _send(self, kind: int, flags: int, call_id: int, header_bytes: int, body: bytes) -> None:
        length = COUNTED_PREFIX_BYTES + len(body)
        if length > self.max_frame_bytes:
            self._send_cut(kind, flags, call_id, header_bytes, body)
            return
        out = self._out
        if not out:
            self._loop.call_soon(self._flush)
        out.append(_pack(length, kind, flags, header_bytes, call_id))
        out.append(body)
        self._out_bytes += length

    def _send_cut(self, kind: int, flags: int, call_id: int, header_bytes: int, body: bytes) -> None:
        """For a worker whose frames are smaller than ours."""
        room = self.max_frame_bytes - COUNTED_PREFIX_BYTES
        for at in range(0, len(body), room):
            last = at + room >= len(body)
            self._send(kind, flags if last else MORE, call_id, 0 if at else header_bytes, body[at : at + room])

    def _flush(self) -> None:
        if self.paused or not self._out or self._transport is None or self._transport.is_closing():
            return  # what is unsent of a connection that ends is told to its calls by connection_lost
        out, self._out = self._out, []
        size, self._out_bytes = self._out_bytes, 0
        self._flushed_id = self._last_id
        if self._watched:
            now_ns = monotonic_ns()
            for watch in self._watched:
                watch.forwarded_ns = now_ns
            self._watched.clear()
        if size <= JOINED_BYTES:
            self._transport.write(b"".join(out))
        else:
            self._transport.writelines(out)

    def _parse(self) -> None:
        data, at, end, calls = self._buffer, self._start, self._end, self.calls
        while end - at >= PREFIX_BYTES:
            length, kind, flags, header_bytes, call_id = _unpack(data, at)
            stop = at + LENGTH_BYTES + length
            call = calls.get(call_id) if kind == _REPLY else None
            # The usual reply by its own look, since the call of a function costs as much as all of this.
            if call is None or flags > MORE or not COUNTED_PREFIX_BYTES + header_bytes <= length <= MAX_FRAME_BYTES:
                frame.check(length, kind, flags, header_bytes, call_id, MAX_FRAME_BYTES, Side.WORKER)
            if stop > end:
                break
            if call is None:
                self._take_other(kind, call_id, bytes(data[at + PREFIX_BYTES : stop]))
            else:
                call.sink.deliver(call, flags, header_bytes, data, at + PREFIX_BYTES, stop)
                if not flags:
                    del calls[call_id]
            at = stop
            self._start = at
        self._start, self._end = (0, 0) if at == end else (at, end)

    def _take_other(self, kind: int, call_id: int, body: bytes) -> None:
        if kind == _REPLY:
            raise ProtocolError("a reply came for a call that is not in flight")
        if (kind == FrameType.HELLO) == bool(self.window_calls):
            raise ProtocolError("hello is the first frame, and comes once")
        if kind == FrameType.HELLO:
            self._greet(header.read_hello(body))
        elif kind == FrameType.GOAWAY:
            self._take_goaway(header.read_goaway(body))
        elif kind == FrameType.PING:
            self._send(FrameType.PONG, 0, call_id, 0, body)

    def _greet(self, hello: Fields | None) -> None:
        if hello is None or hello[header.MAX_FRAME_BYTES] < MIN_FRAME_BYTES or not hello[header.WINDOW_CALLS]:
            raise ProtocolError("the hello does not decode, or no call fits under its limits")
        self.max_frame_bytes = min(hello[header.MAX_FRAME_BYTES], MAX_FRAME_BYTES)
        self.window_calls = hello[header.WINDOW_CALLS]
        self._owner.greeted(self, hello)

    def _take_goaway(self, goaway: Fields | None) -> None:
        """Calls above the last id were not taken and go elsewhere; what is unsent of them is dropped."""
        if goaway is None:
            raise ProtocolError("the goaway does not decode")
        last_id = goaway[header.LAST_CALL_ID]
        refused = [self.calls.pop(one) for one in list(self.calls) if one > last_id]
        pairs = zip(self._out[::2], self._out[1::2], strict=True)
        self._out = [part for pair in pairs if _unpack(pair[0])[4] <= last_id for part in pair]
        self._watched.clear()
        for call in refused:
            call.connection = None
        self._leaving = True
        self._owner.retired(self, refused)

    def _close_when_sent(self) -> None:
        if self._transport is not None and not self._out:
            self._transport.close()

    def _release(self) -> None:
        if self._resumed is not None:
            self._resumed.set()
            self._resumed = None


def our_hello(max_message_bytes: int, window_calls: int = 0) -> bytes:
    """The header of the hello that the proxy sends; towards a worker it has no window."""
    return header.pack([CONTRACT, max_message_bytes, MAX_FRAME_BYTES, window_calls, clock_domain()])


def clock_domain() -> bytes:
    """The kernel's boot id, whose monotonic clock the stamps are of; empty where unknown."""
    try:
        return bytes.fromhex(Path("/proc/sys/kernel/random/boot_id").read_text().strip().replace("-", ""))
    except (OSError, ValueError):
        return b""
