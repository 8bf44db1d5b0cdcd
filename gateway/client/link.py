"""One connection for blocking callers: any number of threads call, one thread reads.

A caller writes its own call without waiting; what a full socket does not take is left to a thread that ends with it.
"""

from __future__ import annotations

import threading
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING

from gateway.client.call import Call, Reply, late
from gateway.client.connection import Connection, again
from gateway.client.error import CallError, failed
from gateway.client.transport import opened
from gateway.wire.frame import ProtocolError
from gateway.wire.lists_generated import Executed, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.client.address import Settings

CONNECT_S = 5.0


class Link:
    """A connection whose hello has been answered. Raises CallError unless that comes within the time."""

    def __init__(self, settings: Settings, timeout_s: float | None) -> None:
        self._connection = Connection(settings.max_message_bytes)
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._writing = False
        connect_s = min(timeout_s or CONNECT_S, CONNECT_S)
        self._transport = opened(settings, connect_s)
        try:
            self._greet(connect_s)
        except BaseException:
            self._transport.close()
            raise
        self._reader = threading.Thread(target=self._read, name=f"replies of {settings.target}", daemon=True)
        self._reader.start()

    @property
    def open(self) -> bool:
        """Whether it takes further calls."""
        return self._connection.refusal is None

    def call(self, call: Call) -> Reply:
        """Make one call; raises Gone when the connection takes none, CallError when it failed."""
        done = threading.Event()
        outcome: list[Reply | CallError] = []

        def settle(settled: Reply | CallError) -> None:
            outcome.append(settled)
            done.set()

        with self._lock:
            self._admit(call)
            call_id = self._connection.open(call, settle)
            self._write()
        if call.stamps:
            call.written_ns = monotonic_ns()
        try:
            done.wait(None if call.deadline_s is None else max(0.0, call.deadline_s - monotonic()))
        except BaseException:  # Ctrl-C
            self._give_up(call_id)
            raise
        if not outcome:
            self._give_up(call_id)
        return _result(outcome[0] if outcome else late())

    @property
    def ended(self) -> bool:
        """Whether nothing is in flight and nothing can be."""
        return not self._reader.is_alive()

    def close(self) -> None:
        """End the connection; calls in flight fail."""
        self._end(failed(Reason.WORKER_DIED, "the client was closed"))
        self._reader.join()

    def _admit(self, call: Call) -> None:
        """Wait, under the lock, until the worker's window has a place."""
        while self._connection.full and self._connection.refusal is None:
            if not self._room.wait(call.left_s()):
                raise late(Executed.NO)

    def _give_up(self, call_id: int) -> None:
        with self._lock:
            if self._connection.give_up(call_id):
                self._write()

    def _write(self) -> None:
        """Write, under the lock, what the socket takes now."""
        if self._writing:
            return
        while rest := self._connection.outbox.take():
            try:
                rest = rest[self._transport.offer(rest) :]
            except OSError:
                return  # the reader sees it too, and tells those who wait
            if rest:
                self._writing = True
                threading.Thread(target=self._write_slowly, args=(rest,), name="a full socket", daemon=True).start()
                return

    def _write_slowly(self, rest: bytes) -> None:
        """Write `rest` and all that comes meanwhile, waiting for the worker."""
        try:
            while rest:
                self._transport.write(rest)
                with self._lock:
                    rest = self._connection.outbox.take()
                    self._writing = bool(rest)
        except OSError:
            pass  # as above; nothing is written any more

    def _greet(self, timeout_s: float) -> None:
        """Exchange hellos within the time, then read without a bound."""
        self._transport.bound(timeout_s)
        pieces = self._pieces()
        while not self._connection.greeted:
            try:
                self._write()
                self._connection.receive(next(pieces))
            except (StopIteration, OSError) as error:
                raise failed(Reason.NO_WORKER, f"the worker did not answer our hello: {error}") from error
            except ProtocolError as error:
                raise failed(Reason.NO_WORKER, f"the worker broke the protocol: {error}") from error
        if self._connection.refusal is not None:
            raise again(self._connection.refusal)
        self._transport.bound(None)

    def _read(self) -> None:
        """Read until the end; runs in a thread of its own."""
        why = failed(Reason.WORKER_DIED, "the connection ended")
        try:
            for piece in self._pieces():
                if not self._take(piece):
                    break
        except OSError:
            pass
        except ProtocolError as error:
            why = failed(Reason.WORKER_DIED, f"the worker broke the protocol: {error}")
        self._end(why)

    def _take(self, piece: bytes) -> bool:
        """Deal out what was read; False when nothing more is to come."""
        with self._lock:
            self._connection.receive(piece)
            self._write()
            self._room.notify_all()
            return not self._connection.drained

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._transport.read():
            yield piece

    def _end(self, why: CallError) -> None:
        with self._lock:
            self._connection.end(why)
            self._room.notify_all()
        self._transport.close()


def _result(outcome: Reply | CallError) -> Reply:
    if isinstance(outcome, CallError):
        raise outcome
    return outcome
