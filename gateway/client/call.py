"""One call and its reply as bytes, whatever carries them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING

from gateway.client.error import failed
from gateway.gen.wire.v1.wire_pb2 import CallHeader, Receipt
from gateway.wire.codec_generated import encode_msgpack
from gateway.wire.lists_generated import Codec, Executed, Reason

if TYPE_CHECKING:
    from gateway.client.error import CallError


@dataclass(slots=True)
class Call:
    """A call that is about to be made; `deadline_s` is on time.monotonic, None for none. `traceparent` is W3C's."""

    kernel: str
    method: str
    codec: Codec
    payload: bytes
    deadline_s: float | None = None
    stamps: bool = False
    traceparent: str = ""
    tracestate: str = ""
    written_ns: int = 0
    """When it was handed to the socket, CLOCK_MONOTONIC; 0 unless stamps are asked for and the channel knows."""

    def left_s(self) -> float | None:
        """Seconds until the deadline, None without one; raises CallError when it has passed."""
        if self.deadline_s is None:
            return None
        left_s = self.deadline_s - monotonic()
        if left_s <= 0:
            raise late(Executed.NO)
        return left_s

    def header(self) -> bytes:
        """The header of its first frame, as it is now."""
        left_s = self.left_s()
        return encode_msgpack(
            CallHeader(
                kernel=self.kernel.encode(),
                codec=self.codec,
                total_bytes=len(self.payload),
                deadline_ns=0 if left_s is None else max(1, round(left_s * 1e9)),
                stamps=self.stamps,
                trace_context=trace_context(self.traceparent),
                tracestate=self.tracestate.encode(),
            )
        )


@dataclass(slots=True)
class Reply:
    """A good reply; `in_hand_ns` is when it was there, CLOCK_MONOTONIC, 0 unless stamps were asked for."""

    receipt: Receipt
    payload: bytes
    in_hand_ns: int = 0


def in_hand(receipt: Receipt, payload: bytes, *, stamps: bool) -> Reply:
    """A reply that is there now."""
    return Reply(receipt, payload, monotonic_ns() if stamps else 0)


def late(executed: Executed = Executed.UNKNOWN) -> CallError:
    """The error of a call whose deadline has passed."""
    return failed(Reason.DEADLINE, "", executed)


def trace_context(traceparent: str) -> bytes:
    """The 25 bytes of a frame's trace context out of W3C's header, none for ""; raises ValueError for another text."""
    if not traceparent:
        return b""
    parts = traceparent.split("-")
    if [len(part) for part in parts] != [2, 32, 16, 2] or parts[0] == "ff":
        raise ValueError("a traceparent is 00-TRACE-SPAN-FLAGS, with 32, 16 and 2 hex digits")
    return bytes.fromhex("".join(parts[1:]))
