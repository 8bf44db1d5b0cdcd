"""One bidi call of gRPC as the transport of a link under asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc.aio

from gateway.client import frame_stream

if TYPE_CHECKING:
    from gateway.client.address import Settings
    from gateway.client.aio_link import AsyncLink

LEAST_QUEUED, MOST_QUEUED = 4, 16
"""Writes that wait when the link may go on, and when it is told to pause."""


class AsyncStream(asyncio.Transport):
    """Tells its link what a socket's transport would: made, data, paused and resumed, lost."""

    def __init__(self, settings: Settings, link: AsyncLink) -> None:
        super().__init__()
        self._link = link
        self._channel = frame_stream.aio_channel(settings)
        self._call = frame_stream.aio_call(self._channel)
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._paused = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Let the link say its hello, then read and write until the end."""
        self._link.connection_made(self)
        self._tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._read())]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """See asyncio.Transport."""
        self._chunks.put_nowait(bytes(data))
        if self._chunks.qsize() >= MOST_QUEUED and not self._paused:
            self._paused = True
            self._link.pause_writing()

    def abort(self) -> None:
        """See asyncio.Transport."""
        self._call.cancel()

    async def _write(self) -> None:
        while True:
            chunk = await self._chunks.get()
            try:
                await self._call.write(chunk)
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
                return  # the reader sees it too
            if self._paused and self._chunks.qsize() <= LEAST_QUEUED:
                self._paused = False
                self._link.resume_writing()

    async def _read(self) -> None:
        """Read to the end, which is told once, whatever it was."""
        try:
            async for piece in self._call:
                self._link.data_received(piece)
        except (grpc.aio.AioRpcError, asyncio.CancelledError):
            pass
        finally:
            self._tasks[0].cancel()
            await self._channel.close()
            self._link.connection_lost(None)
