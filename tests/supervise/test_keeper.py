"""A child that is started again when it dies."""

import os
import signal
import threading
import time
from collections.abc import Callable

from gateway.supervise.child import Child
from gateway.supervise.keeper import Kept

Start = Callable[[str], Child]


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def test_a_killed_child_lives_again_at_once(unruly: Start):
    kept = Kept(lambda _before: unruly("serve"))
    first = kept.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: kept.pid != first and kept.alive, 2.0)
    assert kept.starts == 2
    kept.stop()
    assert not kept.alive


def test_a_later_life_is_pinned_as_the_one_before(unruly: Start):
    kept = Kept(lambda _before: unruly("serve"))
    cpu = max(os.sched_getaffinity(0))
    kept.pin({cpu})
    first = kept.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: kept.pid != first and os.sched_getaffinity(kept.pid) == {cpu})
    kept.stop()


def test_a_later_life_knows_the_one_before(unruly: Start):
    befores: list[Child | None] = []

    def start(before: Child | None) -> Child:
        befores.append(before)
        return unruly("serve")

    kept = Kept(start)
    first = kept.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(befores) == 2)
    kept.stop()
    assert befores[0] is None
    assert befores[1]
    assert befores[1].pid == first


def test_a_crash_loop_ends_with_its_reason_and_the_log(unruly: Start):
    gave_up = threading.Event()
    kept = Kept(lambda _before: unruly("die"), gave_up)
    assert gave_up.wait(10)
    assert kept.failure
    assert "worker ended with exit code 7; given up after 5 deaths" in kept.failure.what
    assert kept.failure.detail == "out of cheese"
    kept.stop()


def test_a_child_that_no_longer_starts_is_given_up_with_the_reason_of_its_last_start(unruly: Start):
    ways = iter(["die"])
    kept = Kept(lambda _before: unruly(next(ways, "refuse")))
    assert kept.gave_up.wait(10)
    assert kept.failure
    assert "worker ended with exit code 2 before it was ready; given up" in kept.failure.what
    assert kept.failure.detail == "bad flag --frobnicate"
    kept.stop()


def test_stopping_during_the_wait_for_a_restart_starts_nothing(unruly: Start):
    starts: list[float] = []

    def start(_before: Child | None) -> Child:
        starts.append(time.monotonic())
        return unruly("die")

    kept = Kept(start)
    wait_until(lambda: len(starts) >= 2)
    kept.stop()
    stopped = len(starts)
    time.sleep(0.5)
    assert len(starts) == stopped
    assert not kept.alive
