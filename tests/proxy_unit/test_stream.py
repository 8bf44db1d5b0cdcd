"""The stream of frames through a running proxy, to a real worker."""

from __future__ import annotations

import resource
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.gen.faults.v1.alloc_pb2 import AllocRequest
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.proxy import header
from gateway.proxy.stream import varint
from gateway.wire import frame
from gateway.wire.lists_generated import CONTRACT, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, FrameType, Reason
from tests.contract.vectors import FOLDER, bytes_of, read
from tests.proxy_unit.running import Process, Stream, call_header, pair, proxy, worker

if TYPE_CHECKING:
    from collections.abc import Iterator

REFUSED = read(FOLDER / "malformed" / "frames.json")["refused"]
HOSTILE = {case["name"]: bytes_of(case["bytes"]) for case in REFUSED if case["sender"] == "client"}


@pytest.fixture(scope="module")
def running() -> Iterator[Process]:
    with pair() as (_, one):
        yield one


@pytest.fixture
def stream(running: Process) -> Iterator[Stream]:
    with Stream(running.endpoints["gateway"]) as one:
        yield one


def echo(payload: bytes) -> bytes:
    return EchoRequest(payload=payload).SerializeToString()


def sleep(seconds: float) -> bytes:
    return SleepRequest(duration_ns=int(seconds * 1e9)).SerializeToString()


def test_the_hello_says_what_a_workers_says(stream: Stream) -> None:
    assert stream.hello[:4] == [CONTRACT, MAX_MESSAGE_BYTES, MAX_FRAME_BYTES, 4096]
    assert len(stream.hello[header.CLOCK_DOMAIN]) == 16


@pytest.mark.parametrize("size", [0, 1, 64, 65_536, 262_100, 262_144, 1_000_000, 4_000_000])
def test_a_payload_of_any_size_comes_back(stream: Stream, size: int) -> None:
    payload = echo(bytes(range(256)) * (size // 256) + bytes(size % 256))
    answer = stream.call("echo", payload)
    assert (answer.reason, answer.payload == payload) == (Reason.NONE, True)


def test_many_calls_of_one_message_are_answered_each(stream: Stream) -> None:
    payloads = {number: echo(b"%d" % number) for number in range(1, 501)}
    stream.send(*(frame.encode(FrameType.CALL, one, call_header("echo", data), data) for one, data in payloads.items()))
    replies = [stream.frame() for _ in payloads]
    assert {reply.call_id: reply.payload for reply in replies} == payloads


def test_a_small_call_passes_a_large_one_that_is_not_whole(stream: Stream) -> None:
    large, small = echo(b"l" * 600_000), echo(b"s")
    first, *rest = frame.cut(FrameType.CALL, 1, call_header("echo", large), large)
    stream.send(first)
    stream.send(frame.encode(FrameType.CALL, 2, call_header("echo", small), small))
    assert stream.answer(2).payload == small
    stream.send(*rest[:1])
    stream.send(*rest[1:])
    assert stream.answer(1).payload == large


def test_a_ping_is_answered_by_the_proxy(stream: Stream) -> None:
    stream.send(frame.encode(FrameType.PING, 7, b"", b"hello"))
    pong = stream.frame()
    assert (pong.type, pong.call_id, pong.payload) == (FrameType.PONG, 7, b"hello")


def test_hop_stamps_stand_between_the_callers_and_the_workers(stream: Stream) -> None:
    before = time.monotonic_ns()
    receipt = stream.call("echo", echo(b"x"), stamps=True).receipt
    p0, p1, p2, p3 = struct.unpack("<4Q", receipt[header.HOPS_NS])
    t4, *_, t8 = struct.unpack("<5Q", receipt[header.STAMPS_NS])
    assert before <= p0 <= p1 <= t4 <= t8 <= p2 <= p3 <= time.monotonic_ns()


def test_a_call_without_stamps_has_no_hops(stream: Stream) -> None:
    assert stream.call("echo", echo(b"x")).receipt[header.HOPS_NS] == b""


def test_an_unsampled_trace_goes_through(stream: Stream) -> None:
    assert stream.call("echo", echo(b"x"), trace_context=bytes(range(1, 25)) + b"\0").reason is Reason.NONE


@pytest.mark.parametrize(
    ("kernel", "payload", "fields", "reason", "executed"),
    [
        ("panic", b"", {}, Reason.KERNEL_PANICKED, 2),
        ("nobody", b"", {}, Reason.UNKNOWN_KERNEL, 0),
        ("echo", b"", {"codec": 9}, Reason.UNKNOWN_CODEC, 0),
        ("echo", b"\xff", {}, Reason.MALFORMED_PAYLOAD, 0),
        ("echo", b"", {"total_bytes": 5}, Reason.MALFORMED_HEADER, 0),
        ("echo", b"", {"total_bytes": MAX_MESSAGE_BYTES + 1}, Reason.REQUEST_TOO_LARGE, 0),
        ("echo", b"", {"trace_context": b"short"}, Reason.MALFORMED_HEADER, 0),
        ("x" * 65, b"", {}, Reason.MALFORMED_HEADER, 0),
        ("alloc", AllocRequest(size=MAX_MESSAGE_BYTES).SerializeToString(), {}, Reason.REPLY_TOO_LARGE, 2),
        ("sleep", sleep(0.5), {"deadline_ns": 20_000_000}, Reason.DEADLINE, 1),
    ],
)
def test_the_workers_refusals_go_through(
    stream: Stream, kernel: str, payload: bytes, fields: dict[str, int], reason: Reason, executed: int
) -> None:
    answer = stream.call(kernel, payload, **fields)
    assert (answer.reason, answer.executed) == (reason, executed)
    assert stream.call("echo", echo(b"after")).reason is Reason.NONE


@pytest.mark.parametrize(
    "junk", [b"\x00", b"\x97", b"\xc1", b"\x97\xc4\x04echo\x01\x00", b"\x81\x01\x02", b"\xdd\xff\xff\xff\xff"]
)
def test_a_header_that_does_not_decode_is_answered_and_the_stream_lives_on(stream: Stream, junk: bytes) -> None:
    stream.send(frame.encode(FrameType.CALL, 1, junk, b"xyz"))
    assert stream.answer(1).reason is Reason.MALFORMED_HEADER
    stream.send(frame.encode(FrameType.CALL, 2, call_header("echo", b""), b""))
    assert stream.answer(2).reason is Reason.NONE


def test_a_cancel_reaches_the_kernel(stream: Stream) -> None:
    started = time.monotonic()
    one = stream.begin("sleep", sleep(5))
    time.sleep(0.05)
    stream.send(frame.encode(FrameType.CANCEL, one))
    assert stream.answer(one).reason is Reason.CALLER_CANCELLED
    assert time.monotonic() - started < 1


def test_the_calls_of_a_client_that_is_gone_are_cancelled() -> None:
    with pair(worker_flags=("--compute-threads", "1")) as (_, one), Stream(one.endpoints["gateway"]) as other:
        with Stream(one.endpoints["gateway"]) as gone:
            gone.begin("sleep", sleep(8))
            time.sleep(0.1)
        started = time.monotonic()
        assert other.call("sleep", sleep(0.001)).reason is Reason.NONE
        assert time.monotonic() - started < 1


def test_a_request_over_the_limit_is_skipped_to_its_end(stream: Stream) -> None:
    payload = bytes(MAX_MESSAGE_BYTES + 1)
    assert stream.call("echo", payload).reason is Reason.REQUEST_TOO_LARGE
    assert stream.call("echo", echo(b"after")).reason is Reason.NONE


def test_a_reply_over_the_clients_own_limit_is_refused_for_it_alone(running: Process) -> None:
    limited = header.pack([CONTRACT, 100, MAX_FRAME_BYTES, 0, b""])
    with Stream(running.endpoints["gateway"], hello=limited) as stream:
        answer = stream.call("echo", echo(bytes(200)))
        assert (answer.reason, answer.executed) == (Reason.REPLY_TOO_LARGE, 2)
        assert stream.call("echo", echo(bytes(50))).reason is Reason.NONE


def test_replies_are_cut_for_a_client_with_small_frames(running: Process) -> None:
    small = header.pack([CONTRACT, MAX_MESSAGE_BYTES, 4096, 0, b""])
    with Stream(running.endpoints["gateway"], hello=small) as stream:
        for stamps in (False, True):
            payload = echo(bytes(range(256)) * 100)
            answer = stream.call("echo", payload, stamps=stamps)
            assert answer.payload == payload
            assert len(answer.receipt[header.HOPS_NS]) == 32 * stamps


def test_a_client_of_another_major_is_sent_away(running: Process) -> None:
    foreign = header.pack([2 << 16, MAX_MESSAGE_BYTES, MAX_FRAME_BYTES, 0, b""])
    with Stream(running.endpoints["gateway"], hello=foreign) as stream:
        goodbye = stream.frame()
        assert goodbye.type is FrameType.GOAWAY
        assert (header.read_goaway(goodbye.header) or [])[1] == Reason.CONTRACT_MISMATCH
        assert stream.end().name == "OK"


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_broken_rule_ends_that_stream_only(running: Process, stream: Stream, data: bytes) -> None:
    with Stream(running.endpoints["gateway"]) as hostile:
        hostile.send(data)
        assert hostile.end().name == "INVALID_ARGUMENT"
    assert stream.call("echo", echo(b"fine")).reason is Reason.NONE


@pytest.mark.parametrize(
    "frames",
    [
        [frame.encode(FrameType.CALL, 1, call_header("echo", b""))] * 2,
        [frame.encode(FrameType.CALL, 5, call_header("echo", b"")), frame.encode(FrameType.CALL, 4, b"")],
        [frame.encode(FrameType.HELLO, 0, header.pack([CONTRACT, 1, 4096, 0, b""]))],
        [frame.encode(FrameType.CALL, 1, call_header("echo", b""))[:-3]],
        [frame.encode(FrameType.GOAWAY, 0, b"\xc1")],
    ],
    ids=["an id twice", "an id that falls", "a second hello", "half a frame", "a goaway that does not decode"],
)
def test_a_connection_out_of_order_is_ended(running: Process, frames: list[bytes]) -> None:
    with Stream(running.endpoints["gateway"]) as hostile:
        hostile.send(*frames)
        assert hostile.end().name == "INVALID_ARGUMENT"


@pytest.mark.parametrize("message", [b"\x0a\xff\xff\xff\xff\xff", b"\x0a\x05abc", b"\x12\x01a", b"\xff" * 40, b"\x0a"])
def test_a_message_that_is_no_frame_message_ends_the_stream(running: Process, message: bytes) -> None:
    with Stream(running.endpoints["gateway"]) as hostile:
        hostile.send_message(message)
        assert hostile.end().name == "INVALID_ARGUMENT"


def test_a_call_before_the_hello_ends_the_stream(running: Process) -> None:
    with Stream(running.endpoints["gateway"], hello=None) as hostile:
        hostile.send(frame.encode(FrameType.CALL, 1, call_header("echo", b"")))
        assert hostile.end().name == "INVALID_ARGUMENT"


def test_a_client_that_says_no_hello_is_cut(running: Process) -> None:
    started = time.monotonic()
    with Stream(running.endpoints["gateway"], hello=None) as silent:
        assert silent.end().name == "INVALID_ARGUMENT"
    assert 4 < time.monotonic() - started < 8


def test_an_empty_message_means_nothing(stream: Stream) -> None:
    stream.send_message(b"")
    stream.send_message(b"\x0a\x00")
    assert stream.call("echo", echo(b"x")).reason is Reason.NONE


def test_a_half_closed_stream_still_gets_its_answers(stream: Stream) -> None:
    one = stream.begin("sleep", sleep(0.2))
    stream.half_close()
    assert stream.answer(one).reason is Reason.NONE
    assert stream.end().name == "OK"


def test_a_half_closed_stream_does_not_wait_for_pieces_that_never_come(stream: Stream) -> None:
    payload = echo(bytes(600_000))
    stream.send(next(frame.cut(FrameType.CALL, 1, call_header("echo", payload), payload)))
    stream.half_close()
    started = time.monotonic()
    assert stream.end().name == "OK"
    assert time.monotonic() - started < 5


def test_calls_over_the_window_are_answered_queue_full(stream: Stream) -> None:
    payload = sleep(0.3)
    packed = call_header("sleep", payload)
    stream.send(*(frame.encode(FrameType.CALL, one, packed, payload) for one in range(1, 5001)))
    reasons = [Reason((header.read_receipt(stream.frame().header) or [])[header.REASON]) for _ in range(904)]
    assert set(reasons) == {Reason.QUEUE_FULL}


def test_no_call_is_lost_on_a_client_that_reads_late(running: Process) -> None:
    """12 MiB of replies wait for a client that does not read; nothing is lost and others are served meanwhile."""
    payload = echo(bytes(1 << 20))
    with Stream(running.endpoints["gateway"]) as slow, Stream(running.endpoints["gateway"]) as other:
        ids = [slow.begin("echo", payload) for _ in range(12)]
        time.sleep(0.3)
        assert other.call("echo", echo(b"x")).reason is Reason.NONE
        got: dict[int, int] = {}
        while sum(got.values()) < len(payload) * len(ids):
            reply = slow.frame()
            got[reply.call_id] = got.get(reply.call_id, 0) + len(reply.payload)
        assert got == dict.fromkeys(ids, len(payload))


def test_a_client_that_never_reads_is_cut_before_it_fills_the_memory(running: Process) -> None:
    """Small requests for large replies: 400 × 1 MiB are asked for, and the limit is 16 messages of 4 MiB."""
    payload = AllocRequest(size=1 << 20).SerializeToString()
    packed = call_header("alloc", payload)
    before = resident_bytes(running.pid)
    with Stream(running.endpoints["gateway"], seconds=30) as greedy, Stream(running.endpoints["gateway"]) as other:
        greedy.send(*(frame.encode(FrameType.CALL, one, packed, payload) for one in range(1, 401)))
        time.sleep(1.5)
        assert resident_bytes(running.pid) - before < 200 << 20
        assert other.call("echo", echo(b"x")).reason is Reason.NONE
        assert greedy.end().name == "INVALID_ARGUMENT"


def resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_a_deadline_ends_the_kernel_in_time(stream: Stream) -> None:
    """By the proxy's own stamps, best of five: within 10 ms of a deadline 50 ms after the call was in its hand."""
    took_ns = []
    for _ in range(5):
        answer = stream.call("sleep", sleep(1), deadline_ns=50_000_000, stamps=True)
        assert answer.reason is Reason.DEADLINE
        in_hand, _, reply, _ = struct.unpack("<4Q", answer.receipt[header.HOPS_NS])
        took_ns.append(reply - in_hand)
    assert 50_000_000 <= min(took_ns) < 60_000_000, took_ns


def test_calls_go_by_kernel_to_their_own_worker() -> None:
    with worker() as first, worker("--max-message-bytes", "1000") as second:
        flags = ["--upstream", f"a={first.endpoints['uds']}", "--upstream", f"b={second.endpoints['uds']}"]
        with proxy(*flags, "--kernel", "echo=b") as one, Stream(one.endpoints["gateway"]) as stream:
            large = echo(bytes(2000))
            assert stream.call("echo", large).reason is Reason.REQUEST_TOO_LARGE
            assert stream.call("digest", large).reason is Reason.NONE


def test_a_varint_is_protobufs() -> None:
    assert [varint(number) for number in (0, 127, 128, 300, 1 << 20)] == [
        b"\x00",
        b"\x7f",
        b"\x80\x01",
        b"\xac\x02",
        b"\x80\x80\x40",
    ]
