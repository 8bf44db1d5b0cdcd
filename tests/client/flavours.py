"""Both flavours of the client behind one blocking face, so that one table tests both."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.client import aconnect, connect

FLAVOURS = ("blocking", "asyncio")


class Blocked:
    """An AsyncClient on an event loop that runs while a method is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop, client: Any) -> None:
        self._loop = loop
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *args, **kwargs: self._loop.run_until_complete(method(*args, **kwargs))


@contextmanager
def client_of(flavour: str, address: str, **settings: Any) -> Iterator[Any]:
    """A client of that flavour for as long as the block lasts."""
    if flavour == "blocking":
        with connect(address, **settings) as client:
            yield client
        return
    with asyncio.Runner() as runner:

        async def made() -> Any:
            return aconnect(address, **settings)

        client = runner.run(made())
        yield Blocked(runner.get_loop(), client)
        runner.run(client.close())
