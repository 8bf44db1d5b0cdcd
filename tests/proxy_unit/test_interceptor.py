"""Code of one's own before and after a call, and the fault injector as an example of it."""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.errors import Refusal
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.proxy.fault_injector import FaultInjector
from gateway.proxy.interceptor import InterceptedCall
from gateway.wire import frame
from gateway.wire.lists_generated import FrameType, Reason
from tests.proxy_unit.running import Process, Stream, channel, pair

if TYPE_CHECKING:
    from collections.abc import Iterator

INJECTOR = ("--interceptor", "gateway.proxy.fault_injector:FaultInjector")
ROOT = str(Path(__file__).parents[2])
HERE = "tests.proxy_unit.interceptors"
ECHO = EchoRequest(payload=b"x").SerializeToString()


def call_of(kernel: str) -> InterceptedCall:
    return InterceptedCall("gateway", kernel, 1, 10, 0, b"", b"")


@contextlib.contextmanager
def before(*flags: str, **environment: str) -> Iterator[Process]:
    """A proxy with these flags before a worker."""
    with pair(*flags, environment={"PYTHONPATH": ROOT, **environment}) as (_, one):
        yield one


def injecting(rules: str) -> AbstractContextManager[Process]:
    """A proxy that follows these rules."""
    return before(*INJECTOR, SIDECAR_FAULTS=rules)


def test_a_failure_is_answered_without_a_worker() -> None:
    with injecting("fail:echo:100:QUEUE_FULL") as one, Stream(one.endpoints["gateway"]) as stream:
        answer = stream.call("echo", ECHO)
        assert (answer.reason, answer.executed) == (Reason.QUEUE_FULL, 0)
        assert stream.call("digest", b"").reason is Reason.NONE


def test_a_delay_is_taken_off_the_deadline() -> None:
    with injecting("delay:*:100:100") as one, Stream(one.endpoints["gateway"]) as stream:
        started = time.monotonic()
        assert stream.call("echo", ECHO).reason is Reason.NONE
        assert time.monotonic() - started >= 0.1
        answer = stream.call("echo", ECHO, deadline_ns=50_000_000)
        assert (answer.reason, answer.executed) == (Reason.DEADLINE, 0)


def test_a_call_that_is_given_up_while_it_is_held_never_reaches_a_worker() -> None:
    with injecting("delay:*:100:500") as one, Stream(one.endpoints["gateway"]) as stream:
        held = stream.begin("echo", ECHO)
        stream.send(frame.encode(FrameType.CANCEL, held))
        answer = stream.answer(held)
        assert (answer.reason, answer.executed) == (Reason.CALLER_CANCELLED, 0)


def test_a_large_call_comes_whole_when_it_was_held() -> None:
    payload = EchoRequest(payload=bytes(1_000_000)).SerializeToString()
    with injecting("delay:*:100:50") as one, Stream(one.endpoints["gateway"]) as stream, channel(one) as plain:
        assert stream.call("echo", payload).payload == payload
        assert plain.unary_unary("/kernels.v1.EchoService/Echo")(payload) == payload


def test_before_and_after_see_the_call_and_never_its_payload(tmp_path: Path) -> None:
    log = tmp_path / "seen"
    flags = ("--interceptor", f"{HERE}:Recorder")
    with (
        before(*flags, RECORDER_FILE=str(log)) as one,
        Stream(one.endpoints["gateway"]) as stream,
        channel(one) as plain,
    ):
        stream.call("echo", ECHO)
        stream.call("panic", b"")
        plain.unary_unary("/kernels.v1.EchoService/Echo")(ECHO)
    assert log.read_text().splitlines() == [
        "before gateway echo 3",
        "after echo NONE 3",
        "before gateway panic 0",
        "after panic KERNEL_PANICKED 0",
        "before gateway-unary echo 3",
        "after echo NONE 3",
    ]


def test_an_interceptor_that_raises_fails_its_call_and_nothing_else() -> None:
    with before("--interceptor", f"{HERE}:Broken") as one, Stream(one.endpoints["gateway"]) as stream:
        answer = stream.call("echo", ECHO)
        assert (answer.reason, answer.executed) == (Reason.INTERNAL_ERROR, 0)
        assert stream.call("digest", b"").reason is Reason.NONE


def test_the_same_seed_meets_the_same_calls() -> None:
    runs = []
    for _ in range(2):
        injector = FaultInjector("fail:echo:10:NO_WORKER seed:7")
        runs.append([injector.before(call_of("echo")) is not None for _ in range(2000)])
        assert injector.failed == sum(runs[-1])
    assert runs[0] == runs[1]
    assert 140 < sum(runs[0]) < 260


def test_other_kernels_are_left_alone() -> None:
    injector = FaultInjector("fail:echo:100:NO_WORKER")
    assert injector.before(call_of("digest")) is None


BAD_RULES = """
fail:echo:101:NO_WORKER fail:echo:-1:NO_WORKER fail:echo:ten:NO_WORKER fail:echo:10:NONE fail:echo:10:NOPE
delay:echo:10 delay:echo:10:soon delay:echo:10:inf drop:echo:10:1 seed:x fail
"""


@pytest.mark.parametrize("rules", BAD_RULES.split())
def test_a_rule_that_makes_no_sense_is_refused(rules: str) -> None:
    with pytest.raises(Refusal, match="SIDECAR_FAULTS"):
        FaultInjector(rules)
