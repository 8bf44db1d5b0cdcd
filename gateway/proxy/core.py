"""What both fronts share: limits, routes, and what is done for a call that is looked at."""

from __future__ import annotations

from functools import partial
from time import monotonic_ns
from typing import TYPE_CHECKING

from gateway.proxy import header
from gateway.proxy.connection import our_hello
from gateway.proxy.failure import fail
from gateway.proxy.watch import Watch
from gateway.wire.lists_generated import WINDOW_CALLS, Reason

if TYPE_CHECKING:
    from gateway.proxy.call import Call
    from gateway.proxy.gate import Gate
    from gateway.proxy.header import Fields
    from gateway.proxy.interceptor import Chain
    from gateway.proxy.routing import Routes
    from gateway.proxy.spans import Spans
    from gateway.proxy.stream import Session


class Core:
    """One for the whole proxy. `spans` and `chain` are None where nothing is exported or intercepted."""

    def __init__(
        self, routes: Routes, gate: Gate, max_message_bytes: int, spans: Spans | None, chain: Chain | None
    ) -> None:
        self.routes = routes
        self.gate = gate
        self.max_message_bytes = max_message_bytes
        self.hello = our_hello(max_message_bytes, WINDOW_CALLS)
        self.sessions: set[Session] = set()
        self.watches_all = chain is not None
        self._spans = spans
        self._chain = chain

    def open(self, call: Call, channel: str) -> None:
        """Forward a call after a look at its header."""
        fields = header.read_call(call.body[: call.header_bytes])
        if fields is None:
            self.routes.default.begin(call)  # the worker says what is wrong with it
        elif fields[header.TOTAL_BYTES] > self.max_message_bytes:
            call.sink.fail(call, fail(Reason.REQUEST_TOO_LARGE, self._over(fields[header.TOTAL_BYTES])))
        else:
            self._forward(call, fields, channel)

    def leave(self) -> None:
        """Say on every stream that no further call is taken."""
        for session in list(self.sessions):
            session.leave()

    def _forward(self, call: Call, fields: Fields, channel: str) -> None:
        upstream = self.routes[fields[header.KERNEL]]
        sampled = self._spans is not None and header.is_sampled(fields)
        if fields[header.STAMPS] or sampled or self._chain is not None:
            call.watch = Watch(stamps=fields[header.STAMPS])
        if sampled and self._spans is not None and call.watch is not None:
            call.watch.span = span = self._spans.start(fields, channel, call.watch.in_hand_ns)
            fields[header.TRACE_CONTEXT] = span.trace_context
            call.replace_header(header.pack(fields))
        if self._chain is None:
            upstream.begin(call)
        else:
            self._chain.before(call, fields, channel, partial(upstream.begin_late, call, monotonic_ns()))

    def _over(self, size: int) -> str:
        return f"the request takes {size} bytes, over the limit of {self.max_message_bytes}"
