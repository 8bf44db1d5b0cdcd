"""The proxy as a process: how it announces itself, what it refuses, how it reconnects, drains and is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.proxy import header
from gateway.wire.lists_generated import FrameType, Reason
from tests.proxy_unit.running import END_S, Process, Stream, channel, eventually, folder, pair, proxy, worker

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

ECHO = EchoRequest(payload=b"x" * 64).SerializeToString()


def sleep(seconds: float) -> bytes:
    return SleepRequest(duration_ns=int(seconds * 1e9)).SerializeToString()


def test_the_line_on_stdout_is_the_handshake() -> None:
    with worker() as behind, folder() as at:
        flags = ["--upstream", behind.endpoints["uds"], "--nonce", "abc123"]
        before = time.monotonic_ns()
        with proxy(*flags, at=at) as one:
            told = one.told
            assert (told["role"], told["contract"], told["pid"], told["nonce"]) == ("gateway", "1.0", one.pid, "abc123")
            assert before < told["start_ns"] < time.monotonic_ns()
            assert one.endpoints["gateway"] == one.endpoints["gateway-unary"] == str(at / "gateway.sock")
            assert one.endpoints["gateway-tcp"].startswith("127.0.0.1:")
            assert one.end() == 0
        assert list(at.iterdir()) == []


BAD = {
    "no upstream": ([], "no upstream"),
    "an unknown upstream": (["--upstream", "a=/x", "--kernel", "echo=b"], "known: a"),
    "a kernel without a name": (["--upstream", "/x", "--kernel", "echo"], "KERNEL=NAME"),
    "two of one name": (["--upstream", "/x", "--upstream", "/y"], "two upstreams"),
    "a time that is none": (["--upstream", "/x", "--drain-timeout", "soon"], "no time"),
    "an interceptor that is not there": (["--upstream", "/x", "--interceptor", "no.where:It"], "cannot be loaded"),
    "an interceptor without a class": (["--upstream", "/x", "--interceptor", "gateway"], "MODULE:CLASS"),
    "a limit of zero": (["--upstream", "/x", "--max-in-flight", "0"], "range"),
    "a port that is taken by nobody's address": (["--upstream", "/x", "--tcp", "203.0.113.1:1"], "cannot listen"),
    "a lifeline that is no descriptor": (["--upstream", "/x", "--lifeline-fd", "99"], "--lifeline-fd 99"),
}


@pytest.mark.parametrize(("flags", "says"), BAD.values(), ids=BAD)
def test_a_bad_flag_is_refused_in_one_line(flags: list[str], says: str) -> None:
    with folder() as at:
        done = refused(at, *flags)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr.splitlines()[-1]
        assert done.stderr.splitlines()[-1].startswith("gateway: ")
        assert "Traceback" not in done.stderr


def before(upstream: Process) -> AbstractContextManager[Process]:
    """A proxy before that worker."""
    return proxy("--upstream", upstream.endpoints["uds"])


def refused(at: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "proxy", "--socket-dir", str(at), *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_a_folder_that_lets_others_in_is_refused() -> None:
    with folder() as at:
        at.chmod(0o755)
        assert "not private" in refused(at, "--upstream", "/x").stderr


def test_a_path_that_is_too_long_is_refused_by_name() -> None:
    with folder() as at:
        deep = at / ("d" * 100)
        deep.mkdir(mode=0o700)
        assert "over 100" in refused(deep, "--upstream", "/x").stderr


def test_a_name_that_another_proxy_serves_is_refused() -> None:
    with folder() as at, proxy("--upstream", "/x", at=at) as first:
        done = refused(at, "--upstream", "/x")
        assert done.returncode == 2
        assert "served by another process" in done.stderr
        assert first.process.poll() is None
        assert sorted(one.name for one in at.iterdir()) == ["gateway.sock", "gateway.sock.lock"]


def test_what_a_killed_proxy_left_is_taken_over() -> None:
    with worker() as behind, folder() as at:
        with proxy("--upstream", behind.endpoints["uds"], at=at) as first:
            first.end(signal.SIGKILL)
        assert (at / "gateway.sock").exists()
        with (
            proxy("--upstream", behind.endpoints["uds"], at=at) as second,
            Stream(second.endpoints["gateway"]) as stream,
        ):
            assert stream.call("echo", ECHO).reason is Reason.NONE
            assert second.end() == 0
        assert list(at.iterdir()) == []


def test_the_end_of_the_lifeline_ends_it() -> None:
    with worker() as behind:
        reader, writer = os.pipe()
        os.set_inheritable(reader, True)
        with folder() as at:
            command = [sys.executable, "-m", "gateway", "proxy", "--socket-dir", str(at), "--lifeline-fd", str(reader)]
            command += ["--upstream", behind.endpoints["uds"]]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(reader,)
            ) as process:
                try:
                    assert process.stdout and process.stdout.readline()
                    os.close(reader)
                    os.close(writer)
                    assert process.wait(timeout=END_S) == 0
                finally:
                    process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_drain_finishes_what_is_in_flight_and_says_goaway(number: signal.Signals) -> None:
    with pair() as (_, one), Stream(one.endpoints["gateway"]) as stream, channel(one) as plain:
        slow = stream.begin("sleep", sleep(0.6))
        unary = plain.unary_unary("/faults.v1.SleepService/Sleep").future(sleep(0.6))
        time.sleep(0.2)
        one.process.send_signal(number)
        goodbye = stream.frame()
        assert (goodbye.type, header.read_goaway(goodbye.header)) == (FrameType.GOAWAY, [slow, Reason.DRAINING])
        stream.begin("echo", ECHO)  # above the last id: nobody answers it
        assert stream.answer(slow).reason is Reason.NONE
        assert unary.result() == b""
        assert stream.end().name == "OK"
        assert one.wait() == 0


def test_a_unary_call_while_draining_is_refused_as_draining() -> None:
    with pair() as (_, one), channel(one) as plain:
        held = plain.unary_unary("/faults.v1.SleepService/Sleep").future(sleep(0.8))
        time.sleep(0.2)
        one.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        with pytest.raises(grpc.RpcError) as failed:
            plain.unary_unary("/kernels.v1.EchoService/Echo")(ECHO)
        assert b"DRAINING" in dict(failed.value.trailing_metadata())["grpc-status-details-bin"]  # type: ignore[attr-defined]
        assert held.result() == b""
        assert one.wait() == 0


def test_what_does_not_finish_in_time_is_cut_and_the_exit_code_says_so() -> None:
    with pair("--drain-timeout", "300ms") as (_, one), Stream(one.endpoints["gateway"]) as stream:
        stream.begin("sleep", sleep(9))
        time.sleep(0.2)
        started = time.monotonic()
        assert one.end() == 1
        assert time.monotonic() - started < 3


def test_open_watches_and_idle_streams_do_not_hold_the_drain() -> None:
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with pair() as (_, one), Stream(one.endpoints["gateway"]), channel(one) as plain:
        stub: Any = health_pb2_grpc.HealthStub(plain)
        watch = stub.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        started = time.monotonic()
        one.process.send_signal(signal.SIGTERM)
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert one.wait() == 0
        assert time.monotonic() - started < 2


def test_without_a_worker_a_call_is_answered_no_worker_at_once() -> None:
    with (
        folder() as at,
        proxy("--upstream", str(at / "nobody.sock")) as one,
        Stream(one.endpoints["gateway"]) as stream,
    ):
        started = time.monotonic()
        for _ in range(5):
            answer = stream.call("echo", ECHO)
            assert (answer.reason, answer.executed) == (Reason.NO_WORKER, 0)
        assert time.monotonic() - started < 1


def test_a_killed_worker_leaves_its_calls_worker_died_and_the_next_one_is_found() -> None:
    with folder() as at, worker(at=at) as first, before(first) as one, Stream(one.endpoints["gateway"]) as stream:
        slow = stream.begin("sleep", sleep(5))
        time.sleep(0.2)
        first.process.kill()
        died = stream.answer(slow)
        assert (died.reason, died.executed) == (Reason.WORKER_DIED, 1)
        assert stream.call("echo", ECHO).reason is Reason.NO_WORKER
        with worker(at=at):
            eventually(lambda: stream.call("echo", ECHO).reason is Reason.NONE, 2)


def test_a_worker_of_another_major_is_refused_for_each_call_until_it_is_replaced() -> None:
    with (
        folder() as at,
        worker("--contract-major", "2", at=at) as foreign,
        before(foreign) as one,
        Stream(one.endpoints["gateway"]) as stream,
    ):
        for _ in range(3):
            assert stream.call("echo", ECHO).reason is Reason.CONTRACT_MISMATCH
        foreign.end()
        with worker(at=at):
            eventually(lambda: stream.call("echo", ECHO).reason is Reason.NONE, 2)


def test_a_draining_worker_finishes_its_calls_and_its_successor_takes_the_next() -> None:
    with folder() as at, worker(at=at) as first, before(first) as one, Stream(one.endpoints["gateway"]) as stream:
        slow = stream.begin("sleep", sleep(1.2))
        time.sleep(0.2)
        first.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        refused_call = stream.begin("echo", ECHO)
        assert stream.answer(refused_call).reason is Reason.DRAINING
        assert stream.answer(slow).reason is Reason.NONE
        first.wait()
        with worker(at=at):
            eventually(lambda: stream.call("echo", ECHO).reason is Reason.NONE, 2)


def test_ten_thousand_calls_see_no_failure_while_a_second_proxy_takes_over() -> None:
    """Clients of frames: a goaway, or a connection that is refused, sends them to whoever serves the path now."""
    with worker() as behind, folder() as at:
        flags = ["--upstream", behind.endpoints["uds"]]
        with proxy(*flags, at=at) as first:
            done, failed = [], []
            threads = [
                threading.Thread(target=_callers, args=(first.endpoints["gateway"], 2500, done, failed))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            eventually(lambda: len(done) > 1000, 20)
            first.process.send_signal(signal.SIGTERM)
            with proxy(*flags, at=at) as second:
                for thread in threads:
                    thread.join(60)
                assert first.wait() == 0
                assert (len(done), failed) == (10_000, [])
                assert second.end() == 0


def _callers(address: str, count: int, done: list[int], failed: list[object]) -> None:
    """16 callers on one stream; whoever was told that its call was not taken makes it again."""
    left = count
    while left and not failed:
        try:
            with Stream(address, seconds=30) as stream:
                left = _until_goaway(stream, left, done, failed)
        except (grpc.RpcError, StopIteration):
            time.sleep(0.005)  # refused before the hello: nothing was sent


def _until_goaway(stream: Stream, left: int, done: list[int], failed: list[object]) -> int:
    """Call until all is done or the proxy leaves; how many calls are left."""
    waiting = {stream.begin("echo", ECHO) for _ in range(min(16, left))}
    unsent, leaving = left - len(waiting), False
    while waiting:
        found = stream.frame()
        if found.type is FrameType.GOAWAY:
            last_id, leaving = (header.read_goaway(found.header) or [0])[0], True
            unsent += len([one for one in waiting if one > last_id])
            waiting = {one for one in waiting if one <= last_id}
            continue
        waiting.discard(found.call_id)
        receipt = header.read_receipt(found.header) or []
        (done if receipt[header.REASON] == Reason.NONE else failed).append(found.call_id)
        if unsent and not leaving:
            waiting.add(stream.begin("echo", ECHO))
            unsent -= 1
    return unsent


def test_counts_are_logged_on_sigusr1() -> None:
    with pair() as (_, one), Stream(one.endpoints["gateway"]) as stream:
        stream.call("echo", ECHO)
        one.process.send_signal(signal.SIGUSR1)
        time.sleep(0.2)
        assert one.process.poll() is None
        assert stream.call("echo", ECHO).reason is Reason.NONE
