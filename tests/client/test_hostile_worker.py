"""Whatever a worker does on its connection, a client gives an answer or the contract's error, and goes on."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.client import CallError, Executed, Reason, Status, aconnect, connect
from gateway.wire import frame
from gateway.wire.lists_generated import FrameType
from tests.client.flavours import FLAVOURS, client_of
from tests.client.scripted import Peer, scripted

Script = Callable[[Peer], None]


def good(peer: Peer) -> None:
    """Answers every call."""
    peer.greet()
    while True:
        peer.reply(peer.read_call().call_id)


def gone(_peer: Peer) -> None:
    """Ends the connection at once."""


def answering(act: Callable[[Peer, int], None]) -> Script:
    """Does something with the first call, then answers every other."""

    def script(peer: Peer) -> None:
        peer.greet()
        act(peer, peer.read_call().call_id)
        while True:
            peer.reply(peer.read_call().call_id)

    return script


def silent_until_cancelled(peer: Peer, call_id: int) -> None:
    cancel = peer.read()
    assert (cancel.type, cancel.call_id) == (FrameType.CANCEL, call_id)
    peer.reply(call_id, b"", status=Status.CANCELLED, reason=Reason.CALLER_CANCELLED)


def failure(ask: Callable[[], Any]) -> CallError:
    with pytest.raises(CallError) as raised:
        ask()
    return raised.value


ROWS: dict[str, tuple[Script, Reason, Executed]] = {
    "an end before the hello": (gone, Reason.NO_WORKER, Executed.NO),
    "rubbish in place of a hello": (
        lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        Reason.NO_WORKER,
        Executed.NO,
    ),
    "another frame in place of a hello": (lambda peer: peer.goaway(0), Reason.NO_WORKER, Executed.NO),
    "a hello without room": (lambda peer: peer.greet(window_calls=0), Reason.NO_WORKER, Executed.NO),
    "another major": (lambda peer: peer.greet(contract=2 << 16), Reason.CONTRACT_MISMATCH, Executed.NO),
    "an end in flight": (
        lambda peer: (peer.greet(), peer.read_call(), None)[-1],
        Reason.WORKER_DIED,
        Executed.UNKNOWN,
    ),
    "a reply to nobody": (answering(lambda peer, call: peer.reply(call + 1)), Reason.WORKER_DIED, Executed.UNKNOWN),
    "a receipt that does not decode": (
        answering(lambda peer, call: peer.send(frame.encode(FrameType.REPLY, call, b"\xc1", b""))),
        Reason.WORKER_DIED,
        Executed.UNKNOWN,
    ),
    "a reply without a receipt": (
        answering(lambda peer, call: peer.send(frame.encode(FrameType.REPLY, call, b"", b"x"))),
        Reason.WORKER_DIED,
        Executed.UNKNOWN,
    ),
    "a frame of 4 GiB": (
        answering(lambda peer, _call: peer.send(b"\xff\xff\xff\xff\x03\x00\x00\x00" + bytes(8))),
        Reason.WORKER_DIED,
        Executed.UNKNOWN,
    ),
    "a goaway before the call": (answering(lambda peer, _call: peer.goaway(0)), Reason.DRAINING, Executed.NO),
}
AND_GOES_ON: dict[str, tuple[Script, Reason, Executed]] = {
    "pieces that do not add up": (
        answering(lambda peer, call: peer.reply(call, total_bytes=9)),
        Reason.MALFORMED_REPLY,
        Executed.YES,
    ),
    "a payload that does not decode": (
        answering(lambda peer, call: peer.reply(call, b"\xc1")),
        Reason.MALFORMED_REPLY,
        Executed.YES,
    ),
    "an announced reply of 1 TiB": (
        answering(lambda peer, call: peer.reply(call, total_bytes=1 << 40)),
        Reason.REPLY_TOO_LARGE,
        Executed.YES,
    ),
}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", ROWS)
def test_a_broken_connection_is_told_and_the_next_one_is_used(flavour: str, name: str):
    script, reason, executed = ROWS[name]
    with scripted(script, good) as address, client_of(flavour, address, timeout_s=5) as client:
        error = failure(lambda: client.echo(b"secret"))
        assert (error.reason, error.executed, error.code) == (reason, executed, reason.status), error
        assert "secret" not in str(error)
        if reason is not Reason.CONTRACT_MISMATCH:
            assert client.echo(b"x").payload == b"good"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", AND_GOES_ON)
def test_a_wrong_reply_fails_its_call_alone(flavour: str, name: str):
    script, reason, executed = AND_GOES_ON[name]
    with scripted(script, gone) as address, client_of(flavour, address, timeout_s=5) as client:
        error = failure(lambda: client.echo(b"x"))
        assert (error.reason, error.executed) == (reason, executed), error
        assert client.echo(b"x").payload == b"good"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_a_later_minor_says_is_kept_as_numbers(flavour: str):
    told = {"status": 99, "reason": 98, "executed": 97, "retry_after_ns": 1_500_000_000, "message": b"new"}
    script = answering(lambda peer, call: peer.reply(call, b"", **told))
    with scripted(script) as address, client_of(flavour, address, timeout_s=5) as client:
        error = failure(lambda: client.echo(b"x"))
    assert (error.code, error.reason, error.executed, error.retry_after_s) == (99, 98, Executed.UNKNOWN, 1.5)
    assert str(error) == "echo by uds/msgpack: reason 98 (new); come back in 1.5 s"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_retry_after_is_kept(flavour: str):
    full = {"status": 8, "reason": Reason.QUEUE_FULL, "executed": Executed.NO, "retry_after_ns": 300_000_000}
    script = answering(lambda peer, call: peer.reply(call, b"", **full))
    with scripted(script) as address, client_of(flavour, address, timeout_s=5, retries=1) as client:
        begin = time.monotonic()
        assert client.echo(b"x").payload == b"good"
        assert time.monotonic() - begin >= 0.3


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_call_over_its_deadline_is_cancelled_at_the_worker_and_the_connection_lives_on(flavour: str):
    with scripted(answering(silent_until_cancelled), gone) as address, client_of(flavour, address) as client:
        assert failure(lambda: client.echo(b"x", timeout_s=0.1)).reason is Reason.DEADLINE
        assert client.echo(b"x", timeout_s=5).payload == b"good"


def test_cancelling_a_task_cancels_its_call():
    async def main(address: str) -> bytes:
        async with aconnect(address) as client:
            call = asyncio.create_task(client.echo(b"x"))
            await asyncio.sleep(0.1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return (await client.echo(b"x", timeout_s=5)).payload

    with scripted(answering(silent_until_cancelled), gone) as address:
        assert asyncio.run(main(address)) == b"good"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_calls_that_a_goaway_counts_are_answered_and_the_next_goes_elsewhere(flavour: str):
    def draining(peer: Peer) -> None:
        peer.greet()
        call = peer.read_call().call_id
        peer.goaway(call)
        time.sleep(0.1)
        peer.reply(call)
        peer.read()  # the client ends the connection

    with scripted(draining, good) as address, client_of(flavour, address, timeout_s=5) as client:
        assert client.echo(b"x").payload == b"good"
        assert client.echo(b"x").payload == b"good"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_ping_is_answered(flavour: str):
    def pinging(peer: Peer, call: int) -> None:
        peer.send(frame.encode(FrameType.PING, 7, payload=b"there?"))
        pong = peer.read()
        assert (pong.type, pong.call_id, pong.payload) == (FrameType.PONG, 7, b"there?")
        peer.reply(call)

    with scripted(answering(pinging), gone) as address, client_of(flavour, address, timeout_s=5) as client:
        assert client.echo(b"x").payload == b"good"


def test_over_the_window_a_thread_waits_for_a_place_and_for_no_longer_than_its_deadline():
    def one_at_a_time(peer: Peer) -> None:
        peer.greet(window_calls=1)
        first = peer.read_call().call_id
        time.sleep(0.4)
        peer.reply(first)
        while True:
            peer.reply(peer.read_call().call_id)

    with scripted(one_at_a_time) as address, connect(address, timeout_s=5) as client:
        first = threading.Thread(target=client.echo, args=(b"first",))
        first.start()
        time.sleep(0.1)
        error = failure(lambda: client.echo(b"second", timeout_s=0.1))
        assert (error.reason, error.executed) == (Reason.DEADLINE, Executed.NO)
        assert client.echo(b"third").payload == b"good"
        first.join()


def test_over_the_window_a_task_waits_likewise():
    def one_at_a_time(peer: Peer) -> None:
        peer.greet(window_calls=1)
        while True:
            call = peer.read_call().call_id
            time.sleep(0.2)
            peer.reply(call)

    async def main(address: str) -> None:
        async with aconnect(address, timeout_s=5) as client:
            first = asyncio.create_task(client.echo(b"first"))
            await asyncio.sleep(0.1)
            with pytest.raises(CallError) as raised:
                await client.echo(b"second", timeout_s=0.03)
            assert (raised.value.reason, raised.value.executed) == (Reason.DEADLINE, Executed.NO)
            answers = await asyncio.gather(first, *(client.echo(b"x") for _ in range(3)))
            assert [answer.payload for answer in answers] == [b"good"] * 4

    with scripted(one_at_a_time) as address:
        asyncio.run(main(address))
