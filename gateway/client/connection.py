"""The client's side of one connection of frames (`protos/FRAME.md`), without I/O.

Its owner brings what was read, writes what the outbox holds, and sees to it that no two threads are in here at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import Message

from gateway.client.call import Call, Reply, in_hand
from gateway.client.error import CallError, failed, of_receipt
from gateway.client.outbox import Outbox
from gateway.gen.wire.v1.wire_pb2 import Goaway, Hello, Receipt
from gateway.wire import frame
from gateway.wire.codec_generated import MalformedError, decode_msgpack, encode_msgpack
from gateway.wire.frame import Frame, FrameReader, ProtocolError, Side
from gateway.wire.lists_generated import CONTRACT, CONTRACT_MAJOR, CONTRACT_TEXT, MAX_FRAME_BYTES, FrameType, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    Settle = Callable[[Reply | CallError], None]

M = TypeVar("M", bound=Message)
LEAST_PEER_FRAME_BYTES = 4096
"""The smallest frame limit that a worker may announce: below it a header would not fit."""


class Gone(Exception):  # noqa: N818 - no error of the call
    """The connection takes no further call; nothing of this one was written, so another connection may have it."""


@dataclass(slots=True)
class Pending:
    """A call in flight. `settle` is None once its caller has gone on; the worker's reply is then dropped."""

    settle: Settle | None
    stamps: bool
    number: int
    """Of its first frame in the outbox."""
    receipt: Receipt | None = None
    pieces: list[bytes] = field(default_factory=list[bytes])
    got_bytes: int = 0


class Connection:
    """From the hello to the end. Calls may be opened when `greeted` is true and `refusal` is None."""

    def __init__(self, max_message_bytes: int) -> None:
        self.max_message_bytes = max_message_bytes
        self.outbox = Outbox()
        self.outbox.put_frame(frame.encode(FrameType.HELLO, header=encode_msgpack(_hello(max_message_bytes))))
        self.greeted = False
        self.refusal: CallError | None = None
        """Why no further call is taken: a goaway, or the end."""
        self._reader = FrameReader(MAX_FRAME_BYTES, Side.WORKER)
        self._peer = Hello()
        self._peer_frame_bytes = MAX_FRAME_BYTES
        self._pending: dict[int, Pending] = {}
        self._last_id = 0

    @property
    def full(self) -> bool:
        """Whether the worker's window is used up."""
        return len(self._pending) >= self._peer.window_calls

    @property
    def drained(self) -> bool:
        """Whether a goaway was read and nothing is in flight any more."""
        return self.refusal is not None and not self._pending

    def open(self, call: Call, settle: Settle) -> int:
        """Put a call into the outbox and return its id; raises Gone, or CallError when it can't be made anywhere."""
        if self.refusal is not None:
            raise Gone
        if len(call.payload) > self._peer.max_message_bytes:
            text = f"{len(call.payload)} bytes, the worker takes {self._peer.max_message_bytes}"
            raise failed(Reason.REQUEST_TOO_LARGE, text)
        header = call.header()
        self._last_id += 1
        frames = frame.cut(FrameType.CALL, self._last_id, header, call.payload, self._peer_frame_bytes)
        self._pending[self._last_id] = Pending(settle, call.stamps, self.outbox.put(frames))
        return self._last_id

    def give_up(self, call_id: int) -> bool:
        """Send a cancel for a call whose caller goes on; False when it was settled before."""
        pending = self._pending.get(call_id)
        if pending is None or pending.settle is None:
            return False
        pending.settle = None
        self.outbox.put_frame(frame.encode(FrameType.CANCEL, call_id))
        return True

    def receive(self, data: bytes) -> None:
        """Take what was read: settles calls; raises ProtocolError when the connection is to be closed."""
        for one in self._reader.feed(data):
            if not self.greeted and one.type is not FrameType.HELLO:
                raise ProtocolError("the first frame is no hello")
            self._take(one)

    def end(self, why: CallError) -> None:
        """The connection is gone: every call in flight fails for that reason, except those that were never written."""
        self.refusal = self.refusal or failed(Reason.NO_WORKER, "the connection ended")
        lost, self._pending = self._pending, {}
        for pending in lost.values():
            written = pending.number <= self.outbox.taken
            _settle(
                pending, again(why) if written else failed(Reason.NO_WORKER, "the connection ended before it was sent")
            )

    def _take(self, one: Frame) -> None:
        if one.type is FrameType.REPLY:
            self._take_reply(one)
        elif one.type is FrameType.PING:
            self.outbox.put_frame(frame.encode(FrameType.PONG, one.call_id, payload=one.payload))
        elif one.type is FrameType.GOAWAY:
            self._take_goaway(_decoded(Goaway, one.header))
        elif one.type is FrameType.HELLO:
            self._take_hello(_decoded(Hello, one.header))

    def _take_hello(self, hello: Hello) -> None:
        if self.greeted:
            raise ProtocolError("a second hello")
        self.greeted, self._peer = True, hello
        if hello.contract >> 16 != CONTRACT_MAJOR:
            self.refusal = other_major(hello.contract)
        elif hello.max_frame_bytes < LEAST_PEER_FRAME_BYTES or hello.window_calls == 0:
            raise ProtocolError("a hello without room for a call")
        self._peer_frame_bytes = min(hello.max_frame_bytes, MAX_FRAME_BYTES)

    def _take_goaway(self, goaway: Goaway) -> None:
        mismatch = goaway.reason == Reason.CONTRACT_MISMATCH
        why = failed(Reason.CONTRACT_MISMATCH if mismatch else Reason.DRAINING, "the worker said goaway")
        self.refusal = self.refusal or why
        for call_id in [one for one in self._pending if one > goaway.last_call_id]:
            _settle(self._pending.pop(call_id), again(why))

    def _take_reply(self, one: Frame) -> None:
        pending = self._pending.get(one.call_id)
        if pending is None:
            raise ProtocolError("a reply to no call in flight")
        if (pending.receipt is None) != bool(one.header):
            raise ProtocolError("the receipt is not in the first frame of its reply alone")
        if pending.receipt is None:
            pending.receipt = _decoded(Receipt, one.header)
        pending.got_bytes += len(one.payload)
        if pending.settle is not None and pending.got_bytes <= self.max_message_bytes:
            pending.pieces.append(one.payload)
        if not one.more:
            del self._pending[one.call_id]
            _settle(pending, self._outcome(pending, pending.receipt))

    def _outcome(self, pending: Pending, receipt: Receipt) -> Reply | CallError:
        if failure := of_receipt(receipt):
            return failure
        if receipt.total_bytes > self.max_message_bytes:
            text = f"{receipt.total_bytes} bytes, the limit is {self.max_message_bytes}"
            return failed(Reason.REPLY_TOO_LARGE, text)
        if pending.got_bytes != receipt.total_bytes:
            return failed(Reason.MALFORMED_REPLY, "its pieces do not add up to its length")
        payload = pending.pieces[0] if len(pending.pieces) == 1 else b"".join(pending.pieces)
        return in_hand(receipt, payload, stamps=pending.stamps)


def again(why: CallError) -> CallError:
    """A copy for one call, which will name its own kernel in it."""
    return CallError(why.code, why.reason, why.executed, why.message, why.retry_after_s)


def other_major(contract: int) -> CallError:
    """The refusal of a worker of another contract, both versions named."""
    theirs = f"{contract >> 16}.{contract & 0xFFFF}"
    return failed(Reason.CONTRACT_MISMATCH, f"the worker speaks contract {theirs}, this client {CONTRACT_TEXT}")


def _settle(pending: Pending, outcome: Reply | CallError) -> None:
    if pending.settle is not None:
        pending.settle(outcome)


def _hello(max_message_bytes: int) -> Hello:
    return Hello(
        contract=CONTRACT,
        max_message_bytes=max_message_bytes,
        max_frame_bytes=MAX_FRAME_BYTES,
        clock_domain=_clock_domain(),
    )


@cache
def _clock_domain() -> bytes:
    """The kernel's boot id, by which processes know that they share CLOCK_MONOTONIC; empty where there is none."""
    try:
        text = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return bytes.fromhex(text.strip().replace("-", ""))
    except (OSError, ValueError):
        return b""


def _decoded(cls: type[M], header: bytes) -> M:
    try:
        return decode_msgpack(cls, header)
    except MalformedError as error:
        raise ProtocolError(str(error)) from None
