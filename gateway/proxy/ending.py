"""Why a proxy ends: a signal, or its parent's end of the lifeline."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ending:
    """Set once, by whatever comes first; `why` says what it was."""

    def __init__(self, lifeline_fd: int | None) -> None:
        self._told = asyncio.Event()
        self.why = ""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._tell, number.name)
        if lifeline_fd is not None:
            _watch(lifeline_fd, lambda: self._tell("the end of the lifeline"))

    async def wait(self) -> None:
        """Until the proxy is to end."""
        await self._told.wait()

    def _tell(self, why: str) -> None:
        self.why = self.why or why
        self._told.set()


def _watch(descriptor: int, ended: Callable[[], None]) -> None:
    """Call `ended` when the other end of the pipe is closed; what is written into it means nothing."""
    loop = asyncio.get_running_loop()

    def readable() -> None:
        try:
            alive = os.read(descriptor, 4096)
        except BlockingIOError:
            return
        except OSError:
            alive = b""
        if not alive:
            loop.remove_reader(descriptor)
            ended()

    try:
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, False)
        loop.add_reader(descriptor, readable)
    except OSError as error:
        raise Refusal(f"--lifeline-fd {descriptor} cannot be watched: {error}", "give an inherited pipe") from error
