"""What the proxy notes of a call that is looked at: its hop's stamps, its span, its interceptors."""

from __future__ import annotations

import struct
from time import monotonic_ns
from typing import TYPE_CHECKING

from gateway.proxy import header

if TYPE_CHECKING:
    from gateway.proxy.header import Fields
    from gateway.proxy.interceptor import Intercepted
    from gateway.proxy.spans import ProxySpan

HOP = struct.Struct("<4Q")
"""p0 call in hand, p1 forwarded, p2 reply in hand, p3 sent; CLOCK_MONOTONIC ns."""
SENT = struct.Struct("<Q")


class Watch:
    """Of one call. Calls without stamps, sampled trace and interceptors have none."""

    __slots__ = ("forwarded_ns", "in_hand_ns", "intercepted", "span", "stamps")

    def __init__(self, *, stamps: bool) -> None:
        self.stamps = stamps
        self.in_hand_ns = monotonic_ns()
        self.forwarded_ns = 0
        self.span: ProxySpan | None = None
        self.intercepted: Intercepted | None = None

    def add_hop(self, receipt: Fields) -> None:
        """Put this hop behind those that the receipt has. Its p3 comes last and is filled in by `sent`."""
        if self.stamps:
            receipt[header.HOPS_NS] += HOP.pack(self.in_hand_ns, self.forwarded_ns, monotonic_ns(), 0)

    def finish(self, receipt: Fields) -> None:
        """The call is answered with this receipt."""
        if self.span is not None:
            self.span.end(receipt, self.forwarded_ns)
        if self.intercepted is not None:
            self.intercepted.after(receipt)


def sent(packed: bytearray, header_bytes: int) -> None:
    """Fill p3 in: `hops_ns` is a receipt's last field, p3 its last stamp."""
    SENT.pack_into(packed, header_bytes - SENT.size, monotonic_ns())


def sent_now(hops: bytes) -> bytes:
    """The packed stamps with the last p3 filled in."""
    return hops[: -SENT.size] + SENT.pack(monotonic_ns())
