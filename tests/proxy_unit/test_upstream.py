"""The proxy towards workers that are scripted: one that drains at a bad moment, ones that break rules."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.proxy import header
from gateway.wire import frame
from gateway.wire.frame import Frame, FrameReader, Side
from gateway.wire.lists_generated import CONTRACT, MAX_MESSAGE_BYTES, FrameType, Reason
from tests.contract.vectors import FOLDER, bytes_of, read
from tests.proxy_unit.running import Stream, channel, eventually, folder, proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ECHO = EchoRequest(payload=b"x").SerializeToString()
HELLO = header.pack([CONTRACT, MAX_MESSAGE_BYTES, 262_144, 4096, b""])
REFUSED = read(FOLDER / "malformed" / "frames.json")["refused"]
HOSTILE = {case["name"]: bytes_of(case["bytes"]) for case in REFUSED if case["sender"] == "worker"}
UNUSABLE = [b"\xc1", header.pack([CONTRACT, 1, 100, 4096, b""]), header.pack([CONTRACT, 1, 4096, 0, b""])]


class Scripted:
    """A worker that is told what to do, a connection at a time."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.settimeout(10)
        self.path = str(path)

    def accept(self, hello: bytes | None = HELLO) -> Connection:
        taken, _ = self._listener.accept()
        return Connection(taken, hello)

    def close(self) -> None:
        self._listener.close()


class Connection:
    """The worker's side of one connection."""

    def __init__(self, taken: socket.socket, hello: bytes | None) -> None:
        self._socket = taken
        taken.settimeout(10)
        self._reader = FrameReader(sender=Side.CLIENT)
        self._frames: list[Frame] = []
        assert self.frame().type is FrameType.HELLO
        if hello is not None:
            self.send(frame.encode(FrameType.HELLO, 0, hello))

    def frame(self) -> Frame:
        while not self._frames:
            data = self._socket.recv(1 << 16)
            if not data:
                raise EOFError
            self._frames = self._reader.feed(data)
        return self._frames.pop(0)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def reply(self, call: Frame, payload: bytes = b"") -> None:
        receipt = header.pack([0, 0, 2, len(payload), 1 << 16, 0, b"", b"", b""])
        self.send(frame.encode(FrameType.REPLY, call.call_id, receipt, payload))

    def goaway(self, last_call_id: int) -> None:
        self.send(frame.encode(FrameType.GOAWAY, 0, header.pack([last_call_id, Reason.DRAINING])))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with folder() as at:
        one = Scripted(at / "w.sock")
        yield one
        one.close()


@contextlib.contextmanager
def meeting(scripted: Scripted, hello: bytes | None = HELLO) -> Iterator[tuple[Connection, Any]]:
    """A proxy that has connected, and the connection."""
    found: list[Connection] = []
    thread = threading.Thread(target=lambda: found.append(scripted.accept(hello)))
    thread.start()
    with proxy("--upstream", scripted.path) as one:
        thread.join()
        yield found[0], one


def test_a_call_that_the_worker_did_not_take_goes_to_the_next_connection(scripted: Scripted) -> None:
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        taken, refused = stream.begin("echo", ECHO), stream.begin("echo", ECHO * 100_000)
        calls = [first.frame()]
        assert first.frame().more
        first.goaway(calls[0].call_id)
        second = scripted.accept()
        again = second.frame()
        pieces = [again.payload]
        while again.more:
            again = second.frame()
            pieces.append(again.payload)
        assert b"".join(pieces) == ECHO * 100_000
        second.reply(again, b"two")
        assert stream.answer(refused).payload == b"two"
        first.reply(calls[0], b"one")
        assert stream.answer(taken).payload == b"one"
        with pytest.raises(EOFError):
            while True:
                first.frame()  # pieces that were under way


def test_a_call_that_two_workers_sent_away_is_answered_draining(scripted: Scripted) -> None:
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        call = stream.begin("echo", ECHO)
        first.frame()
        first.goaway(0)
        second = scripted.accept()
        second.frame()
        second.goaway(0)
        answer = stream.answer(call)
        assert (answer.reason, answer.executed) == (Reason.DRAINING, 0)


def test_the_unary_front_retries_likewise(scripted: Scripted) -> None:
    with meeting(scripted) as (first, one), channel(one) as plain:
        waiting = plain.unary_unary("/kernels.v1.EchoService/Echo").future(ECHO)
        first.frame()
        first.goaway(0)
        second = scripted.accept()
        second.reply(second.frame(), ECHO)
        assert waiting.result(5) == ECHO


def test_a_worker_that_closes_without_a_word_leaves_its_calls_worker_died(scripted: Scripted) -> None:
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        call = stream.begin("echo", ECHO)
        first.frame()
        first.close()
        answer = stream.answer(call)
        assert (answer.reason, answer.executed) == (Reason.WORKER_DIED, 1)


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_worker_that_breaks_a_rule_is_cut_and_its_successor_is_served(scripted: Scripted, data: bytes) -> None:
    hostile(scripted, data)


JUNK = {
    "a reply to nobody": frame.encode(FrameType.REPLY, 99, HELLO),
    "a second hello": frame.encode(FrameType.HELLO, 0, HELLO),
    "a goaway that does not decode": frame.encode(FrameType.GOAWAY, 0, b"\xc1"),
    "random bytes": bytes(range(256)),
}


@pytest.mark.parametrize("data", JUNK.values(), ids=JUNK)
def test_a_worker_out_of_order_is_cut_and_its_successor_is_served(scripted: Scripted, data: bytes) -> None:
    hostile(scripted, data)


def hostile(scripted: Scripted, data: bytes) -> None:
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        call = stream.begin("echo", ECHO)
        first.frame()
        first.send(data)
        assert stream.answer(call).reason is Reason.WORKER_DIED
        second = scripted.accept()
        after = stream.begin("echo", ECHO)
        second.reply(second.frame(), ECHO)
        assert stream.answer(after).payload == ECHO


def test_a_receipt_that_does_not_decode_costs_the_connection(scripted: Scripted) -> None:
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        call = stream.begin("echo", ECHO, stamps=True)
        first.send(frame.encode(FrameType.REPLY, first.frame().call_id, b"\xc1\xc1"))
        assert stream.answer(call).reason is Reason.WORKER_DIED


@pytest.mark.parametrize(
    "hello", [b"\xc1", header.pack([CONTRACT, 1, 100, 4096, b""]), header.pack([CONTRACT, 1, 4096, 0, b""])]
)
def test_a_hello_under_which_no_call_fits_is_no_worker(scripted: Scripted, hello: bytes) -> None:
    with meeting(scripted, hello) as (_, one), Stream(one.endpoints["gateway"]) as stream:
        scripted.close()
        eventually(lambda: stream.call("echo", ECHO).reason is Reason.NO_WORKER)


def test_frames_are_cut_for_a_worker_with_small_ones(scripted: Scripted) -> None:
    small = header.pack([CONTRACT, MAX_MESSAGE_BYTES, 4096, 4096, b""])
    with meeting(scripted, small) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        payload = bytes(range(256)) * 100
        call = stream.begin("echo", payload)
        pieces = [first.frame()]
        while pieces[-1].more:
            pieces.append(first.frame())
        assert b"".join(piece.payload for piece in pieces) == payload
        first.reply(pieces[0])
        assert stream.answer(call).reason is Reason.NONE


def test_the_workers_ping_is_answered_and_its_window_kept(scripted: Scripted) -> None:
    narrow = header.pack([CONTRACT, MAX_MESSAGE_BYTES, 262_144, 1, b""])
    with meeting(scripted, narrow) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        first.send(frame.encode(FrameType.PING, 5, b"", b"are you there"))
        pong = first.frame()
        assert (pong.type, pong.call_id, pong.payload) == (FrameType.PONG, 5, b"are you there")
        held, over = stream.begin("echo", ECHO), stream.begin("echo", ECHO)
        assert stream.answer(over).reason is Reason.QUEUE_FULL
        first.reply(first.frame())
        assert stream.answer(held).reason is Reason.NONE


def test_a_worker_that_does_not_read_stops_its_clients_and_loses_nothing(scripted: Scripted) -> None:
    """More than 8 MiB wait for the worker; the stream is read on when it reads again."""
    payload = bytes(1_000_000)
    with meeting(scripted) as (first, one), Stream(one.endpoints["gateway"]) as stream:
        ids = [stream.begin("echo", payload) for _ in range(24)]
        whole = 0
        while whole < len(ids):
            got = first.frame()
            if not got.more:
                whole += 1
                first.reply(got)
        assert {stream.answer(one_id).reason for one_id in ids} == {Reason.NONE}
