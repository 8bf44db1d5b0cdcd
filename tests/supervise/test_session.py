"""A worker and a driver for as long as a block lasts, with the built programs."""

import contextlib
import dataclasses
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import traced_call
from gateway.errors import Failure, Refusal
from gateway.gen.bench.v1 import driver_pb2
from gateway.supervise import Programs, Session, SessionOptions, references
from gateway.supervise.rpc import driver_errors
from gateway.supervise.surroundings import surroundings
from gateway.wire import kernels
from gateway.wire.lists_generated import REFERENCES
from gateway.wire.routes import ROUTES, is_proxied
from tests.running import built, runs, wait_until


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of its own, to see that nothing stays in it."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def session(options: SessionOptions | None = None) -> Session:
    return Session(Programs.in_folder(built()), options)


def call(running: Session, route: str = "uds/raw") -> int:
    """The status of one call."""
    return traced_call.trace(running, route, 1, sampled=False).answer.status


def test_a_session_gives_a_worker_and_a_driver_and_leaves_nothing_behind(runtime: Path):
    with session() as running:
        pids = [running.worker.pid, running.driver_process.pid]
        assert all(runs(pid) for pid in pids)
        assert set(running.worker.endpoints) == {"uds", "grpc-uds", "grpc-tcp", "grpc-stream"}
        assert running.proxy is None
        traced_call.load(running, "echo", kernels.request("echo", b"hello"))
        assert call(running) == 0
    assert not any(runs(pid) for pid in pids)
    assert list(runtime.iterdir()) == []


def test_an_exception_in_the_block_ends_everything(runtime: Path):
    pids: list[int] = []
    with pytest.raises(KeyboardInterrupt), session() as running:
        pids += [running.worker.pid, running.driver_process.pid]
        raise KeyboardInterrupt
    assert not any(runs(pid) for pid in pids)
    assert list(runtime.iterdir()) == []


def test_a_driver_that_does_not_start_ends_the_worker_too(runtime: Path):
    programs = Programs(built() / "sidecar-worker", built() / "sidecar-service", Path("/bin/false"))
    with pytest.raises(Failure, match="driver ended with exit code 1"), Session(programs):
        pass
    assert list(runtime.iterdir()) == []


def test_a_dead_driver_is_told_by_name():
    with session() as running:
        os.kill(running.driver_process.pid, signal.SIGKILL)
        with pytest.raises(Failure, match="driver was ended by SIGKILL"), driver_errors(running):
            traced_call.load(running, "echo", kernels.request("echo", b"hello"))


def test_after_kill_9_of_the_worker_calls_succeed_again_within_a_second():
    with session() as running:
        traced_call.load(running, "echo", kernels.request("echo", b"hello"))
        assert call(running) == 0
        first = running.worker.pid
        os.kill(first, signal.SIGKILL)
        begin = time.monotonic()
        wait_until(lambda: running.worker.pid != first and call(running) == 0, 1.0)
        assert time.monotonic() - begin < 1.0


@pytest.mark.parametrize("route", [route for route in ROUTES if is_proxied(route)])
def test_a_session_with_a_proxy_calls_through_it_and_starts_it_again_when_it_dies(runtime: Path, route: str):
    with session(SessionOptions(proxied=True)) as running:
        assert running.proxy
        traced_call.load(running, "echo", kernels.request("echo", b"hello"))
        assert call(running, route) == 0
        first = running.proxy.pid
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: running.proxy is not None and running.proxy.pid != first and call(running, route) == 0, 5.0)
        second = running.proxy.pid
    assert not runs(second)
    assert list(runtime.iterdir()) == []


def test_a_proxy_before_a_worker_without_frames_is_refused():
    options = SessionOptions(proxied=True, worker_args=("--grpc-tcp", "127.0.0.1:0"))
    with pytest.raises(Refusal, match="the proxy needs a worker that serves frames"), session(options):
        pass


def test_a_session_with_references_names_them_to_the_driver_and_ends_them(runtime: Path):
    with session(SessionOptions(references=True)) as running:
        pids = [server.pid for server in running.references]
        assert len(pids) == 2
        assert all(runs(pid) for pid in pids)
        described = running.driver.Describe(driver_pb2.DescribeRequest()).references
        assert {one.name: one.unavailable for one in described} == {reference.name: "" for reference in REFERENCES}
        for reference in REFERENCES:
            assert _echoes(running, reference.name) == 20
    assert not any(runs(pid) for pid in pids)
    assert list(runtime.iterdir()) == []


def test_a_session_without_references_says_how_a_driver_gets_them():
    with session() as running:
        assert running.references == ()
        missing = {
            one.name: one.unavailable for one in running.driver.Describe(driver_pb2.DescribeRequest()).references
        }
        assert "--reference bare-uds=ADDRESS" in missing["bare-uds"]
        assert missing["bare-cgo"] == ""


def test_without_the_program_the_references_in_rust_are_left_out(tmp_path: Path):
    programs = dataclasses.replace(Programs.in_folder(built()), references=tmp_path / "none")
    with Session(programs, SessionOptions(references=True)) as running:
        described = running.driver.Describe(driver_pb2.DescribeRequest()).references
        assert {one.name for one in described if not one.unavailable} == {"bare-cgo", "bare-aio"}


def test_a_reference_that_died_is_told_by_name():
    with session(SessionOptions(references=True)) as running:
        os.kill(running.references[0].pid, signal.SIGKILL)
        with pytest.raises(Failure, match="references was ended by SIGKILL"), driver_errors(running):
            _echoes(running, "bare-uds")


def test_the_references_end_with_their_parent():
    """The lifeline alone ends them, as after kill -9 of the test bed."""
    with contextlib.ExitStack() as stack:
        with surroundings({}) as around:
            servers = references.start(stack, built() / "sidecar-references", around)
            stack.pop_all()
        for server in servers:
            assert server.wait(5.0) == 0, server.role


def _echoes(running: Session, name: str) -> int:
    """How many of 20 calls of a reference were answered."""
    traced_call.load(running, "echo", kernels.request("echo", b"hello"))
    request = driver_pb2.MeasureRequest(
        scenario=traced_call.SCENARIO, route=f"reference/{name}", callers=2, max_calls=20, mode=driver_pb2.MODE_OFF
    )
    return running.driver.Measure(request).calls


def test_both_processes_can_be_pinned_with_all_their_threads():
    cpus = sorted(os.sched_getaffinity(0))
    with session() as running:
        running.pin(running.worker, {cpus[0]})
        running.pin(running.driver_process, {cpus[-1]})
        assert _affinities(running.worker.pid) == {(cpus[0],)}
        assert _affinities(running.driver_process.pid) == {(cpus[-1],)}


def test_the_worker_s_own_flags_reach_it():
    with session(SessionOptions(worker_args=("--uds", "--compute-threads", "1"))) as running:
        assert set(running.worker.endpoints) == {"uds"}


def _affinities(pid: int) -> set[tuple[int, ...]]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {tuple(sorted(os.sched_getaffinity(int(thread.name)))) for thread in threads}
