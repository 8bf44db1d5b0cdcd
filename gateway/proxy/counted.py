"""Fronts and upstreams that count their calls. A proxy without `--metrics` has the plain ones and pays nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.proxy import metrics
from gateway.proxy.fronts import Fronts
from gateway.proxy.stream import Session
from gateway.proxy.tally import NO_UPSTREAM, Tally
from gateway.proxy.unary import Exchange, Unary
from gateway.proxy.upstream import Upstream
from gateway.wire.lists_generated import Status

if TYPE_CHECKING:
    import asyncio

    import grpc

    from gateway.proxy.call import Call
    from gateway.proxy.core import Core
    from gateway.proxy.failure import Failure
    from gateway.proxy.metrics_listener import Listener
    from gateway.proxy.spans import Spans
    from gateway.proxy.unary import Context, Reply


class CountedFronts(Fronts):
    """Those that count, all into one tally."""

    def __init__(self, address: str) -> None:
        self.upstream = CountedUpstream
        self._address = address
        self._tally = Tally()

    def unary(self, core: Core) -> Unary:
        """The unary methods."""
        return CountedUnary(core, self._tally)

    def session(self, core: Core, context: grpc.aio.ServicerContext[bytes, bytes]) -> Session:
        """One stream."""
        return CountedSession(core, context, self._tally)

    def listen(self, core: Core, spans: Spans | None) -> Listener:
        """Show what was counted."""
        return metrics.listen(self._address, core, self._tally, spans)


class CountedUpstream(Upstream):
    """Writes its name on every call."""

    def begin(self, call: Call) -> None:
        """Note who was chosen."""
        call.upstream = self.name
        super().begin(call)


class CountedSession(Session):
    """A stream whose calls are counted when they end."""

    def __init__(self, core: Core, context: grpc.aio.ServicerContext[bytes, bytes], tally: Tally) -> None:
        super().__init__(core, context)
        self._tally = tally

    def deliver(self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int) -> None:
        """Note how the worker says that it ended."""
        if header_bytes:
            call.status = status_of(data, start)
        super().deliver(call, flags, header_bytes, data, start, stop)

    def fail(self, call: Call, failure: Failure) -> None:
        """Note that no worker answers it."""
        if not call.answered:
            call.status = failure.reason.status
            self._tally.refuse(failure)
        super().fail(call, failure)

    def _drop(self, call: Call) -> None:
        call.status = Status.CANCELLED
        super()._drop(call)

    def _finish(self, call: Call) -> None:
        super()._finish(call)
        self._tally.answer(call)


class CountedUnary(Unary):
    """The unary methods, each call counted."""

    def __init__(self, core: Core, tally: Tally) -> None:
        super().__init__(core)
        self._tally = tally

    def _exchange(self) -> Exchange:
        return CountedExchange(self._core, self._loop.create_future(), self._tally)

    async def _refuse(self, failure: Failure, context: Context) -> bytes:
        self._tally.refuse(failure)
        self._tally.count(NO_UPSTREAM, failure.reason.status)
        return await super()._refuse(failure, context)


class CountedExchange(Exchange):
    """A unary call that is counted when it ends."""

    __slots__ = ("_tally",)

    def __init__(self, core: Core, future: asyncio.Future[Reply], tally: Tally) -> None:
        super().__init__(core, future)
        self._tally = tally

    def deliver(self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int) -> None:
        """Note how the worker says that it ended."""
        if header_bytes:
            call.status = status_of(data, start)
        super().deliver(call, flags, header_bytes, data, start, stop)

    def fail(self, call: Call, failure: Failure) -> None:
        """Note that no worker answers it."""
        if not call.answered:
            call.status = failure.reason.status
            self._tally.refuse(failure)
        super().fail(call, failure)

    def give_up(self) -> None:
        """Count a call that its caller left."""
        call = self._call
        if call is not None and not call.answered:
            call.status = Status.CANCELLED
            self._tally.answer(call)
        super().give_up()

    def _done(self, call: Call) -> None:
        super()._done(call)
        self._tally.answer(call)


def status_of(data: bytearray, start: int) -> int:
    """The status of a receipt: a small number behind the one byte that opens the array of its fields (FRAME.md)."""
    return data[start + 1]
