"""One connected socket under asyncio, for any number of tasks of one event loop."""

from __future__ import annotations

import asyncio
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Protocol, cast

from gateway.client.call import Call, Reply, late
from gateway.client.connection import Connection, again
from gateway.client.error import CallError, failed
from gateway.wire.frame import ProtocolError
from gateway.wire.lists_generated import Executed, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.client.address import Settings

CONNECT_S = 5.0


class Writable(Protocol):
    """What a link needs of its transport."""

    def write(self, data: bytes) -> None:
        """Take it to be written."""
        ...

    def abort(self) -> None:
        """End the connection at once."""
        ...


class AsyncLink(asyncio.Protocol):
    """A connection; `connected` makes one whose hello has been answered."""

    def __init__(self, max_message_bytes: int) -> None:
        self._connection = Connection(max_message_bytes)
        self._transport: Writable | None = None
        self._paused = False
        self._waiters: list[asyncio.Future[None]] = []
        self._why = failed(Reason.WORKER_DIED, "the connection ended")

    @property
    def open(self) -> bool:
        """Whether it takes further calls."""
        return self._connection.refusal is None

    @property
    def ended(self) -> bool:
        """Whether nothing is in flight and nothing can be."""
        return self._transport is None

    async def call(self, call: Call) -> Reply:
        """Make one call; raises Gone when the connection takes none, CallError when it failed."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Reply | CallError] = loop.create_future()
        await self._admit(call)
        call_id = self._connection.open(call, lambda outcome: _settle(done, outcome))
        self._write()
        if call.stamps:
            call.written_ns = monotonic_ns()
        try:
            outcome = await _within(done, call)
        except (asyncio.CancelledError, CallError):
            if self._connection.give_up(call_id):
                self._write()
            raise
        if isinstance(outcome, CallError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """End the connection; calls in flight fail."""
        self._why = failed(Reason.WORKER_DIED, "the client was closed")
        self._abort()
        await self._until(lambda: self.ended)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        self._transport = cast("Writable", transport)
        self._write()

    def data_received(self, data: bytes) -> None:
        """Deal out what was read."""
        try:
            self._connection.receive(data)
        except ProtocolError as error:
            self._why = failed(Reason.WORKER_DIED, f"the worker broke the protocol: {error}")
            self._abort()
            return
        self._write()
        self._notify()
        if self._connection.drained:
            self._abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        """Fail what is in flight."""
        self._transport = None
        self._connection.end(self._why)
        self._notify()

    def pause_writing(self) -> None:
        """The worker does not keep up."""
        self._paused = True

    def resume_writing(self) -> None:
        """It does again."""
        self._paused = False
        self._write()
        self._notify()

    async def greeted(self) -> None:
        """Wait for the worker's hello; raises CallError for one of another contract, or none."""
        await self._until(lambda: self._connection.greeted or self.ended)
        if not self._connection.greeted:
            raise failed(Reason.NO_WORKER, "the worker did not answer our hello")
        if self._connection.refusal is not None:
            raise again(self._connection.refusal)

    async def _admit(self, call: Call) -> None:
        """Wait until the worker's window has a place."""
        ready = self._admits
        if ready():
            return
        try:
            await asyncio.wait_for(self._until(ready), call.left_s())
        except TimeoutError:
            raise late(Executed.NO) from None

    def _admits(self) -> bool:
        return not self.open or not (self._connection.full or self._paused)

    def _write(self) -> None:
        while self._transport is not None and not self._paused and (chunk := self._connection.outbox.take()):
            self._transport.write(chunk)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    def _notify(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


async def connected(settings: Settings) -> AsyncLink:
    """Connect and wait for the worker's hello; raises CallError."""
    link = AsyncLink(settings.max_message_bytes)
    try:
        async with asyncio.timeout(CONNECT_S):
            await _connect(link, settings)
            await link.greeted()
    except TimeoutError:
        await link.close()
        raise failed(Reason.NO_WORKER, "the worker did not answer our hello") from None
    except OSError as error:
        raise failed(Reason.NO_WORKER, f"{settings.target}: {error.strerror or error}") from error
    except BaseException:
        await link.close()
        raise
    return link


async def _connect(link: AsyncLink, settings: Settings) -> None:
    if settings.by_stream:
        from gateway.client.aio_stream import AsyncStream  # grpc takes long to load, and sockets do without

        AsyncStream(settings, link).start()
    else:
        await asyncio.get_running_loop().create_unix_connection(lambda: link, settings.target)


async def _within(done: asyncio.Future[Reply | CallError], call: Call) -> Reply | CallError:
    """What comes of a call until its deadline; then raises CallError."""
    if call.deadline_s is None:
        return await done
    timer = asyncio.get_running_loop().call_later(max(0.0, call.deadline_s - monotonic()), _expire, done)
    try:
        return await done
    except TimeoutError:
        raise late() from None
    finally:
        timer.cancel()


def _settle(done: asyncio.Future[Reply | CallError], outcome: Reply | CallError) -> None:
    if not done.done():
        done.set_result(outcome)


def _expire(done: asyncio.Future[Reply | CallError]) -> None:
    if not done.done():
        done.set_exception(TimeoutError())
