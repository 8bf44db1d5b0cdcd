"""A worker as the proxy knows it: its connection is kept, and calls that find none are held briefly or answered."""

from __future__ import annotations

import asyncio
import logging
import random
from time import monotonic_ns
from typing import TYPE_CHECKING

from gateway.proxy import header
from gateway.proxy.connection import HELLO_S, Connection, our_hello
from gateway.proxy.failure import Failure, fail, not_executed, queue_full
from gateway.wire.lists_generated import CONTRACT_MAJOR, CONTRACT_TEXT, MAX_MESSAGE_BYTES, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.proxy.call import Call
    from gateway.proxy.header import Fields

HOLD_S = 0.25
"""So long a call may wait for a connection that is being made."""
BASE_S, CAP_S = 0.01, 0.5
"""Of the wait between attempts: a refused connect costs less than 0.1 ms, and a restarted worker is back in a few."""
MAX_TRIES = 2
"""Connections that a call is offered; the second is its one retry after a goaway."""

log = logging.getLogger(__name__)


class Upstream:
    """Keeps one connection to the worker at a socket's path."""

    def __init__(self, name: str, path: str, max_message_bytes: int, changed: Callable[[], None]) -> None:
        self.name = name
        self.path = path
        self.connection: Connection | None = None
        """Takes calls; None while there is no worker, or one of another contract."""
        self.max_message_bytes = MAX_MESSAGE_BYTES
        """Of the worker."""
        self.connects = 0
        self._hello = our_hello(max_message_bytes)
        self._changed = changed
        self._connecting = True
        self._retired: set[Connection] = set()
        self._held: dict[Call, int] = {}
        self._foreign_contract = ""
        self._settled = asyncio.Event()
        self._lost = asyncio.Event()
        self._met = asyncio.Event()
        self._attempt: Connection | None = None

    def begin(self, call: Call) -> None:
        """Send a call, hold it, or answer it at once."""
        connection = self.connection
        if connection is not None and len(connection.calls) < connection.window_calls:
            connection.begin(call)
        elif connection is not None:
            call.sink.fail(call, queue_full("the worker's window is full; come back later"))
        elif self._connecting:
            self._hold(call)
        else:
            call.sink.fail(call, self._absent())

    async def keep(self) -> None:
        """Connect, wait for the connection's end, connect again; for as long as the proxy serves."""
        attempt = 0
        while True:
            attempt = 0 if await self._connect() else attempt + 1
            self._settled.set()
            if self.connection is not None:
                await self._lost.wait()
            else:
                await asyncio.sleep(random.uniform(0.0, min(CAP_S, BASE_S * 2**attempt)))
            self._connecting = True

    async def settled(self) -> None:
        """Wait for the end of the first attempt."""
        await self._settled.wait()

    def close(self) -> None:
        """End every connection."""
        for connection in (*self._retired, self.connection):
            if connection is not None:
                connection.abort("the proxy has ended")

    # What a connection tells.

    def greeted(self, connection: Connection, hello: Fields) -> None:
        """Serve, or note that the worker is of another contract."""
        contract = hello[header.CONTRACT]
        self._note_met(connection)
        if contract >> 16 != CONTRACT_MAJOR:
            self._foreign_contract = f"{contract >> 16}.{contract & 0xFFFF}"
            connection.abort(f"it speaks contract {self._foreign_contract}, this proxy {CONTRACT_TEXT}")
            return
        self._foreign_contract = ""
        self.max_message_bytes = hello[header.MAX_MESSAGE_BYTES]
        self.connection = connection
        self.connects += 1
        log.info("connected to worker %s at %s", self.name, self.path)
        self._changed()
        self._end_attempt()

    def retired(self, connection: Connection, refused: list[Call]) -> None:
        """Go on with the next connection."""
        log.info("worker %s drains", self.name)
        self._retired.add(connection)
        self._gone(connection)
        for call in [one for one in refused if not one.answered]:
            call.tries += 1
            if call.tries < MAX_TRIES:
                self.begin(call)
            else:
                call.sink.fail(call, self._absent())

    def lost(self, connection: Connection, problem: str) -> None:
        """The connection has ended."""
        if connection not in self._retired:
            log.warning("worker %s: %s", self.name, problem)
        self._retired.discard(connection)
        self._gone(connection)

    # The rest is its own.

    async def _connect(self) -> bool:
        """One attempt; True when there is a connection that takes calls."""
        self._lost.clear()
        self._met.clear()
        self._attempt = made = Connection(self, self._hello)
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: made, self.path)
        except OSError as error:
            self._foreign_contract = ""
            log.debug("worker %s at %s: %s", self.name, self.path, error)
        else:
            await self._meet(made)
        self._end_attempt()
        return self.connection is not None

    async def _meet(self, made: Connection) -> None:
        try:
            await asyncio.wait_for(self._met.wait(), HELLO_S)
        except TimeoutError:
            made.abort(f"no hello within {HELLO_S:g} s")

    def _note_met(self, connection: Connection) -> None:
        """End the wait for a hello; a connection from before may end at any time and says nothing of this attempt."""
        if connection is self._attempt:
            self._met.set()

    def _gone(self, connection: Connection) -> None:
        self._note_met(connection)
        if self.connection is connection:
            self.connection = None
            # Until the next attempt has failed nobody knows that there is no worker.
            self._connecting = True
            self._lost.set()
            self._changed()

    def _end_attempt(self) -> None:
        self._connecting = False
        held, self._held = self._held, {}
        for call, since_ns in held.items():
            if not call.answered:
                self.begin_late(call, since_ns)

    def _hold(self, call: Call) -> None:
        self._held[call] = monotonic_ns()
        asyncio.get_running_loop().call_later(HOLD_S, self._release, call)

    def _release(self, call: Call) -> None:
        if self._held.pop(call, None) is not None and not call.answered:
            call.sink.fail(call, self._absent())

    def begin_late(self, call: Call, since_ns: int) -> None:
        """Send a call that was held since then, CLOCK_MONOTONIC ns."""
        failure = take_off(call, monotonic_ns() - since_ns)
        if failure is None:
            self.begin(call)
        else:
            call.sink.fail(call, failure)

    def _absent(self) -> Failure:
        if self._foreign_contract:
            text = f"worker {self.name} speaks contract {self._foreign_contract}, the proxy {CONTRACT_TEXT}"
            return fail(Reason.CONTRACT_MISMATCH, f"{text}; run both from one version")
        if self._retired:
            return fail(Reason.DRAINING, f"worker {self.name} is shutting down and has no successor yet")
        return fail(Reason.NO_WORKER, f"no worker {self.name} at {self.path}; start it and call again")


def take_off(call: Call, held_ns: int) -> Failure | None:
    """Take the time that a call was held off its deadline; the failure when nothing is left of it."""
    fields = header.read_call(call.body[: call.header_bytes])
    if fields is None or not fields[header.DEADLINE_NS]:
        return None
    fields[header.DEADLINE_NS] -= held_ns
    if fields[header.DEADLINE_NS] <= 0:
        return not_executed(Reason.DEADLINE, "the deadline passed in the proxy, before a worker had the call")
    call.replace_header(header.pack(fields))
    return None
