"""One child process from its start to its end."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.errors import Failure, Refusal
from gateway.supervise import child as child_module
from gateway.supervise.child import Child, Surroundings

Start = Callable[[str], Child]


def test_a_ready_child_tells_its_addresses_and_stops_on_sigterm(unruly: Start, around: Surroundings):
    child = unruly("serve")
    assert child.alive
    assert child.endpoints == {"uds": f"{around.socket_dir}/worker.sock"}
    child.stop()
    assert not child.alive
    assert child.ending() == "ended with exit code 0"


def test_a_child_that_ignores_sigterm_is_killed_at_the_bound(unruly: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(child_module, "STOP_S", 0.3)
    child = unruly("stubborn")
    begin = time.monotonic()
    child.stop()
    assert 0.3 <= time.monotonic() - begin < 1.5
    assert child.ending() == "was ended by SIGKILL"


@pytest.mark.parametrize(
    ("way", "what", "detail"),
    [
        ("refuse", r"worker ended with exit code 2 before it was ready", "bad flag --frobnicate"),
        ("chatter", r"worker cannot be used: its first line on stdout is no handshake", ""),
        ("other-major", r"worker cannot be used: it speaks contract 2\.0, this gateway 1\.x", ""),
        ("other-nonce", r"worker cannot be used: its nonce is not the one that was given", ""),
    ],
)
def test_a_child_that_cannot_be_used_is_ended_with_the_end_of_its_log(unruly: Start, way: str, what: str, detail: str):
    before = _children()
    with pytest.raises(Failure, match=what) as failed:
        unruly(way)
    assert failed.value.detail == detail
    assert _children() == before


def test_a_child_that_is_not_ready_in_time_is_ended(unruly: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(child_module, "READY_S", 0.3)
    before = _children()
    with pytest.raises(Failure, match=r"worker was not ready within 0\.3 s"):
        unruly("silent")
    assert _children() == before


def test_a_program_that_is_missing_or_no_program_is_refused(tmp_path: Path, around: Surroundings):
    with pytest.raises(Refusal, match=rf"{tmp_path}/none does not exist: run `gateway build`"):
        Child("worker", tmp_path / "none", (), around)
    (tmp_path / "text").touch()
    with pytest.raises(Refusal, match="is not executable"):
        Child("worker", tmp_path / "text", (), around)


def test_the_threads_of_a_child_can_be_pinned(unruly: Start):
    child = unruly("serve")
    cpu = min(os.sched_getaffinity(0))
    child.pin({cpu})
    assert os.sched_getaffinity(child.pid) == {cpu}


def test_a_dead_child_fails_its_check_with_its_log(unruly: Start):
    child = unruly("die")
    child.wait(5)
    with pytest.raises(Failure, match="worker ended with exit code 7") as failed:
        child.check()
    assert failed.value.detail == "out of cheese"


def _children() -> list[str]:
    """Processes that this one has started and that still run."""
    return Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
