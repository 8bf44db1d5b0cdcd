"""`/wire.v1.FrameService/Stream`: a connection of FRAME.md in the clothes of one bidi call; no payload is parsed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import grpc

from gateway.proxy import header, watch
from gateway.proxy.call import Call
from gateway.proxy.connection import HELLO_S, LENGTH_BYTES, MIN_FRAME_BYTES, UNSENT_BYTES
from gateway.proxy.failure import Failure, fail, not_executed, queue_full
from gateway.wire import frame
from gateway.wire.frame import COUNTED_PREFIX_BYTES, MORE, PREFIX, PREFIX_BYTES, ProtocolError, Side
from gateway.wire.lists_generated import (
    CONTRACT_MAJOR,
    CONTRACT_TEXT,
    MAX_FRAME_BYTES,
    WINDOW_CALLS,
    FrameType,
    Reason,
)

if TYPE_CHECKING:
    from gateway.proxy.core import Core
    from gateway.proxy.header import Fields

METHOD = "/wire.v1.FrameService/Stream"
MESSAGE_BYTES = 1 << 20
"""Of one message at most, or one frame (FRAME.md, "Over gRPC")."""
MAX_HELD_MESSAGES = 16
"""A client that does not read is cut when as many bytes wait for it as the largest replies have."""
PLAIN_END_BYTES = len(header.PLAIN_END)
FRAME_FIELD = b"\x0a"
"""Tag of `Frame.frame`: field 1, length-delimited."""

_CALL, _REPLY = int(FrameType.CALL), int(FrameType.REPLY)
_pack, _unpack = PREFIX.pack, PREFIX.unpack_from

log = logging.getLogger(__name__)


class Session:
    """One stream: the worker's side of FRAME.md towards a client."""

    def __init__(self, core: Core, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        self._core = core
        self._context = context
        self._routes = core.routes
        self._gate = core.gate
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, Call] = {}
        self._unfinished: dict[int, Call] = {}
        self._last: Call | None = None
        self._last_id = 0
        self._greeted = False
        self._leaving = False
        self._out: list[bytes | bytearray] = []
        self._unsent = 0
        self._stamped: list[tuple[bytearray, int]] = []
        self._woken: asyncio.Future[None] | None = None
        self._slow: asyncio.Event | None = None
        self._problem = ""
        self._half_closed = False
        self._max_frame_bytes = MAX_FRAME_BYTES
        self._max_reply = core.max_message_bytes
        self._most_unsent = MAX_HELD_MESSAGES * core.max_message_bytes
        self._reader: asyncio.Task[None] | None = None
        # A request that could be over the limit is looked at.
        self._plain_length = min(MAX_FRAME_BYTES, core.max_message_bytes + COUNTED_PREFIX_BYTES)

    async def run(self) -> None:
        """Serve to the end: the client half-closes, is gone or breaks a rule, or the proxy drains."""
        reader, writer = self._loop.create_task(self._read()), self._loop.create_task(self._write())
        hello = self._loop.call_later(HELLO_S, self._expect_hello)
        self._reader = reader
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            self._note_error(reader)
            self._note_error(writer)
            if self._problem:
                self._give_up()
                self._out.clear()
            # grpcio refuses a status while a message is being written.
            self._wake()
            await asyncio.wait({writer})
        finally:
            hello.cancel()
            reader.cancel()
            writer.cancel()
            self._give_up()
        if self._problem:
            await self._context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"protocol error: {self._problem}")

    def _note_error(self, task: asyncio.Task[None]) -> None:
        error = task.exception() if task.done() and not task.cancelled() else None
        if isinstance(error, ProtocolError):
            self._problem = self._problem or str(error)
        elif isinstance(error, grpc.aio.BaseError | grpc.RpcError):
            self._half_closed = True  # the client is gone, which the library tells by cancelling us
        elif error is not None:
            log.error("a stream ended by a defect of the proxy", exc_info=error)
            self._problem = self._problem or "a defect of the proxy; its log says more"

    def leave(self) -> None:
        """Take no further call; the stream ends when those that were taken are answered."""
        if self._leaving:
            return
        self._leaving = True
        if self._greeted:
            self._say_goodbye(Reason.DRAINING)
        self._wake()

    # What a call tells.

    def deliver(self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int) -> None:
        """Queue a piece of a reply."""
        if call.answered:
            return
        if header_bytes and (call.watch is not None or self._max_reply < self._core.max_message_bytes):
            self._deliver_watched(call, flags, header_bytes, data, start, stop)
            return
        length = COUNTED_PREFIX_BYTES + stop - start
        if length > self._max_frame_bytes:
            self._deliver_cut(call, flags, header_bytes, bytes(data[start:stop]))
            return
        if not self._out:
            self._wake()
        self._out.append(_pack(length, _REPLY, flags, header_bytes, call.client_id))
        self._out.append(data[start:stop])
        self._unsent += length
        if self._unsent > self._most_unsent:
            self._overrun()
        if not flags:
            self._finish(call)

    def fail(self, call: Call, failure: Failure) -> None:
        """Queue the reply of a call that no worker answers."""
        if call.answered:
            return
        receipt = failure.receipt
        if call.watch is not None:
            call.watch.finish(receipt)
        self._put(_REPLY, 0, call.client_id, header.pack(receipt))
        self._finish(call)

    # Reading.

    async def _read(self) -> None:
        read, end = self._context.read, grpc.aio.EOF  # pyright: ignore[reportAttributeAccessIssue]
        while (message := await read()) is not end:
            self._take(message)
            if self._last is not None and (connection := self._last.connection) is not None and connection.paused:
                await connection.resumed()
            if self._unsent > UNSENT_BYTES:
                await self._half_gone()
        self._half_closed = True
        for call in list(self._unfinished.values()):
            self._drop(call)  # the rest of it never comes

    def _take(self, message: bytes) -> None:
        """Take every frame of a message. This loop is what a call costs, so it looks at no more than it must."""
        at, end = frames_of(message)
        plain_length, greeted = self._plain_length, self._greeted
        while at < end:
            if end - at < PREFIX_BYTES:
                raise ProtocolError("a message holds a part of a frame")
            length, kind, flags, header_bytes, call_id = _unpack(message, at)
            stop = at + LENGTH_BYTES + length
            usual = kind == _CALL and call_id > self._last_id and not flags and greeted and stop <= end
            if usual and COUNTED_PREFIX_BYTES + header_bytes <= length <= plain_length:
                self._open(call_id, 0, header_bytes, message[at + PREFIX_BYTES : stop])
            else:
                frame.check(length, kind, flags, header_bytes, call_id, MAX_FRAME_BYTES, Side.CLIENT)
                if stop > end:
                    raise ProtocolError("a message holds a part of a frame")
                self._take_other(kind, flags, header_bytes, call_id, message[at + PREFIX_BYTES : stop])
                greeted = self._greeted
            at = stop

    def _open(self, call_id: int, flags: int, header_bytes: int, body: bytes) -> None:
        """Take a call's first frame and forward it, unread when it asks for nothing of the proxy."""
        self._last_id = call_id
        if self._leaving:
            return
        call = self._last = self._calls[call_id] = Call(self, call_id, flags, header_bytes, body)
        taken = self._gate.enter() and len(self._calls) <= WINDOW_CALLS
        plain = body.startswith(header.PLAIN_START) and body.startswith(
            header.PLAIN_END, header_bytes - PLAIN_END_BYTES
        )
        if plain and taken and not flags and not self._core.watches_all:
            self._routes[body[3 : 3 + body[2]]].begin(call)
        else:
            self._open_watched(call)

    def _open_watched(self, call: Call) -> None:
        if call.flags:
            self._unfinished[call.client_id] = call
        refusal = self._gate.refusal()
        if len(self._calls) > WINDOW_CALLS:
            refusal = queue_full(f"the window of {WINDOW_CALLS} calls is full; wait for replies")
        if refusal is not None:
            self.fail(call, refusal)
        else:
            self._core.open(call, "gateway")

    def _take_other(self, kind: int, flags: int, header_bytes: int, call_id: int, body: bytes) -> None:
        if (kind == FrameType.HELLO) == self._greeted:
            raise ProtocolError("hello is the first frame, and comes once")
        if kind == FrameType.HELLO:
            self._greet(header.read_hello(body))
        elif kind == FrameType.CANCEL:
            self._cancel(call_id)
        elif kind == FrameType.PING:
            self._put(FrameType.PONG, 0, call_id, b"", body)
        elif kind == FrameType.GOAWAY and header.read_goaway(body) is None:
            raise ProtocolError("the goaway does not decode")
        elif kind == FrameType.CALL:
            self._take_call(flags, header_bytes, call_id, body)

    def _take_call(self, flags: int, header_bytes: int, call_id: int, body: bytes) -> None:
        if call_id > self._last_id:
            self._open(call_id, flags, header_bytes, body)
            return
        call = self._unfinished.get(call_id)
        if call is None or header_bytes:
            raise ProtocolError(f"call id {call_id} is not above every id before it")
        if not flags:
            del self._unfinished[call_id]
        if not call.answered:
            self._last = call
            call.add(flags, body)

    def _cancel(self, call_id: int) -> None:
        call = self._calls.get(call_id)
        if call is not None and not call.cancel():
            self.fail(call, not_executed(Reason.CALLER_CANCELLED, "the caller gave the call up before it was sent on"))

    def _greet(self, hello: Fields | None) -> None:
        if hello is None or hello[header.MAX_FRAME_BYTES] < MIN_FRAME_BYTES:
            raise ProtocolError("the hello does not decode, or no reply fits under its limits")
        self._greeted = True
        self._max_frame_bytes = min(hello[header.MAX_FRAME_BYTES], MAX_FRAME_BYTES)
        self._max_reply = min(hello[header.MAX_MESSAGE_BYTES], self._core.max_message_bytes)
        self._put(FrameType.HELLO, 0, 0, self._core.hello)
        if hello[header.CONTRACT] >> 16 != CONTRACT_MAJOR:
            log.warning("a client of another contract major was sent away; this proxy speaks %s", CONTRACT_TEXT)
            self._leaving = True
            self._say_goodbye(Reason.CONTRACT_MISMATCH)
        elif self._leaving:
            self._say_goodbye(Reason.DRAINING)

    def _expect_hello(self) -> None:
        if not self._greeted:
            self._break_off(f"no hello within {HELLO_S:g} s")

    def _overrun(self) -> None:
        self._break_off("the client does not read its replies")

    def _break_off(self, problem: str) -> None:
        self._problem = self._problem or problem
        if self._reader is not None:
            self._reader.cancel()

    # Writing.

    async def _write(self) -> None:
        write = self._context.write
        while True:
            while self._out:
                await write(self._message())
                if self._slow is not None and self._unsent <= UNSENT_BYTES // 2:
                    self._slow.set()
            if (self._half_closed or self._problem or (self._leaving and self._greeted)) and not self._calls:
                return
            self._woken = self._loop.create_future()
            await self._woken

    def _message(self) -> bytes:
        """What is queued, as far as it fits into one message."""
        if self._stamped:
            self._fill_sent()
        out, size = self._out, self._unsent
        if size <= MESSAGE_BYTES:
            self._out = []
        else:
            out, size = self._first_frames()
        self._unsent -= size
        total = size + LENGTH_BYTES * (len(out) // 2)
        return b"".join((FRAME_FIELD, varint(total), *out))

    def _first_frames(self) -> tuple[list[bytes | bytearray], int]:
        count, size = 0, 0
        for at in range(0, len(self._out), 2):
            length = COUNTED_PREFIX_BYTES + len(self._out[at + 1])
            if count and size + length > MESSAGE_BYTES:
                break
            count, size = at + 2, size + length
        out = self._out[:count]
        del self._out[:count]
        return out, size

    def _fill_sent(self) -> None:
        for packed, header_bytes in self._stamped:
            watch.sent(packed, header_bytes)
        # What does not fit into this message keeps the time at which it was due.
        self._stamped.clear()

    def _put(self, kind: int, flags: int, call_id: int, packed: bytes, payload: bytes = b"") -> None:
        if not self._out:
            self._wake()
        length = COUNTED_PREFIX_BYTES + len(packed) + len(payload)
        self._out.append(_pack(length, kind, flags, len(packed), call_id))
        self._out.append(packed + payload)
        self._unsent += length

    def _say_goodbye(self, reason: Reason) -> None:
        self._put(FrameType.GOAWAY, 0, 0, header.pack([self._last_id, reason]))

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def _half_gone(self) -> None:
        """Wait until the client has read half of what is unsent."""
        self._slow = asyncio.Event()
        await self._slow.wait()
        self._slow = None

    # Replies that are looked at.

    def _deliver_watched(
        self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int
    ) -> None:
        receipt = header.read_receipt(bytes(data[start : start + header_bytes]))
        if receipt is None:
            raise ProtocolError("a receipt does not decode")
        if receipt[header.REPLY_BYTES] > self._max_reply:
            self.fail(call, reply_too_large(receipt[header.REPLY_BYTES], self._max_reply))
            return
        watched, call.watch = call.watch, None
        if watched is None:
            self._put_reply(call, flags, header_bytes, data[start:stop])
            return
        watched.add_hop(receipt)
        watched.finish(receipt)
        packed = header.pack(receipt)
        body = bytearray(packed)
        body += data[start + header_bytes : stop]
        if watched.stamps:
            watch.sent(body, len(packed))  # again when it is written, unless it has to be cut
            self._stamped.append((body, len(packed)))
        self._put_reply(call, flags, len(packed), body)

    def _deliver_cut(self, call: Call, flags: int, header_bytes: int, body: bytes) -> None:
        """For a client whose frames are smaller than ours."""
        room = self._max_frame_bytes - COUNTED_PREFIX_BYTES
        for at in range(0, len(body), room):
            last = at + room >= len(body)
            self._put_reply(call, flags if last else MORE, 0 if at else header_bytes, bytearray(body[at : at + room]))

    def _put_reply(self, call: Call, flags: int, header_bytes: int, body: bytearray) -> None:
        if COUNTED_PREFIX_BYTES + len(body) > self._max_frame_bytes:
            self._deliver_cut(call, flags, header_bytes, bytes(body))
            return
        if not self._out:
            self._wake()
        length = COUNTED_PREFIX_BYTES + len(body)
        self._out.append(_pack(length, _REPLY, flags, header_bytes, call.client_id))
        self._out.append(body)
        self._unsent += length
        if not flags:
            self._finish(call)

    def _finish(self, call: Call) -> None:
        call.answered = True
        self._gate.in_flight -= 1
        del self._calls[call.client_id]

    def _give_up(self) -> None:
        """The client is gone: nobody waits for what is in flight."""
        for call in list(self._calls.values()):
            self._drop(call)

    def _drop(self, call: Call) -> None:
        if call.answered:
            return
        call.cancel()
        if call.watch is not None:
            call.watch.finish(not_executed(Reason.CALLER_CANCELLED, "the client is gone").receipt)
        self._finish(call)


def frames_of(message: bytes) -> tuple[int, int]:
    """Where the frames of a message `wire.v1.Frame` start and end."""
    if not message:
        return 0, 0
    length, at, shift = 0, 1, 0
    while message.startswith(FRAME_FIELD) and at < len(message) and shift < 35:
        byte = message[at]
        length |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            if at + length == len(message):
                return at, len(message)
            break
    raise ProtocolError("a message is no wire.v1.Frame")


def varint(number: int) -> bytes:
    """A protobuf varint."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def reply_too_large(size: int, limit: int) -> Failure:
    """What a worker with the client's limit would say."""
    return fail(Reason.REPLY_TOO_LARGE, f"the reply takes {size} bytes, over the limit of {limit}")
