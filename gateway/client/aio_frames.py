"""Calls by frames under asyncio: one connection for all, made anew when the worker went or said goaway."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.client.aio_link import AsyncLink, connected
from gateway.client.call import late
from gateway.client.connection import Gone, again
from gateway.client.error import CallError, failed
from gateway.client.frames import CONNECTIONS_TRIED
from gateway.wire.lists_generated import Executed, Reason

if TYPE_CHECKING:
    from gateway.client.address import Settings
    from gateway.client.call import Call, Reply


class AsyncFrameChannel:
    """For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connecting = asyncio.Lock()
        self._links: list[AsyncLink] = []
        """The last one takes calls; those before it finish theirs."""
        self._final: CallError | None = None

    async def call(self, call: Call) -> Reply:
        """Make one call; raises CallError. Cancelling the task cancels the call."""
        for _ in range(CONNECTIONS_TRIED):
            try:
                return await (self._open() or await self._connected(call)).call(call)
            except Gone:
                continue
        raise failed(Reason.DRAINING, "the worker takes connections, but no call")

    async def close(self) -> None:
        """End the connection; calls in flight fail, and no other can be made."""
        self._final = failed(Reason.NO_WORKER, "the client was closed")
        await asyncio.gather(*(link.close() for link in self._links))

    def _open(self) -> AsyncLink | None:
        if self._final is not None:
            raise again(self._final)
        return self._links[-1] if self._links and self._links[-1].open else None

    async def _connected(self, call: Call) -> AsyncLink:
        """A new link, or the one that another task made meanwhile."""
        try:
            async with asyncio.timeout(call.left_s()), self._connecting:
                return self._open() or await self._connect()
        except TimeoutError:
            raise late(Executed.NO) from None

    async def _connect(self) -> AsyncLink:
        """Another contract is remembered, since no further try helps."""
        try:
            made = await connected(self._settings)
        except CallError as error:
            if error.reason is Reason.CONTRACT_MISMATCH:
                self._final = again(error)
            raise
        self._links = [*(link for link in self._links if not link.ended), made]
        return made
