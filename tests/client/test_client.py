"""The Python client against a real worker: both flavours, every channel, the same answers and the same errors."""

import asyncio
import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.client import CallError, Codec, Executed, Reason, Status, aconnect, connect
from gateway.gen.faults.v1.alloc_pb2 import AllocRequest
from gateway.gen.faults.v1.panic_pb2 import PanicRequest
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest, EchoResponse
from gateway.gen.kernels.v1.redact_pb2 import RedactRequest
from gateway.wire.kernels import NAMES
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, STAGES
from tests.client.flavours import FLAVOURS, client_of
from tests.plain_worker import PlainProcess, plain_worker, private_folder

CHANNELS = ("uds", "grpc-uds", "grpc-tcp", "grpc-stream")
HALF_A_SECOND_NS = 500_000_000
TRACEPARENT = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-00"

Ask = Callable[[Any], Any]


@pytest.fixture(scope="module")
def worker() -> Iterator[PlainProcess]:
    with plain_worker("--faults", "--compute-threads", "2") as running:
        yield running


@pytest.fixture(params=[f"{flavour} {channel}" for channel in CHANNELS for flavour in FLAVOURS])
def client(request: pytest.FixtureRequest, worker: PlainProcess) -> Iterator[Any]:
    flavour, channel = request.param.split()
    with client_of(flavour, f"{channel}:{worker.endpoints[channel]}") as made:
        yield made


def failure(ask: Callable[[], Any]) -> CallError:
    with pytest.raises(CallError) as raised:
        ask()
    return raised.value


def test_the_typed_methods_are_the_kernels_that_answer(client: Any):
    assert all(callable(getattr(client, name)) for name in NAMES)


def test_each_kind_of_answer_is_typed(client: Any):
    assert client.echo(b"hello") == EchoResponse(payload=b"hello")
    assert client.redact(b"from 10.1.2.3 now").text == b"from ******** now"
    assert client.digest(b"abc").sha256 == hashlib.sha256(b"abc").digest()
    assert client.spin(3, seed=1, payload=b"x").payload == b"x"


def test_any_kernel_is_called_by_its_request_s_message(client: Any):
    assert client.call("redact", RedactRequest(text=b"to ann@example.com")).text == b"to ***************"


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_frames_carry_every_codec(worker: PlainProcess, flavour: str, codec: Codec):
    with client_of(flavour, f"uds:{worker.endpoints['uds']}", codec=codec) as made:
        assert made.redact(b"from 10.1.2.3 now").text == b"from ******** now"


@pytest.mark.parametrize("size", [0, 1, 65_536, 262_144, 1 << 20, MAX_MESSAGE_BYTES - 16])
def test_a_message_of_any_size_comes_back_whole(client: Any, size: int):
    payload = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert client.echo(payload).payload == payload


@pytest.mark.parametrize(
    ("ask", "code", "reason", "executed"),
    [
        (lambda c: c.bytes("nobody", b"secret"), "UNIMPLEMENTED", "UNKNOWN_KERNEL", "NO"),
        (lambda c: c.call("panic", PanicRequest(message=b"secret")), "INTERNAL", "KERNEL_PANICKED", "YES"),
        (lambda c: c.echo(b"secret" * 1_000_000), "RESOURCE_EXHAUSTED", "REQUEST_TOO_LARGE", "NO"),
        (lambda c: c.call("alloc", AllocRequest(size=5 << 20)), "RESOURCE_EXHAUSTED", "REPLY_TOO_LARGE", "YES"),
        (
            lambda c: c.call("sleep", SleepRequest(duration_ns=HALF_A_SECOND_NS), timeout_s=0.02),
            "DEADLINE_EXCEEDED",
            "DEADLINE",
            "UNKNOWN",
        ),
    ],
)
def test_a_fault_is_the_same_error_everywhere_and_the_next_call_succeeds(
    client: Any, ask: Ask, code: str, reason: str, executed: str
):
    error = failure(lambda: ask(client))
    assert (error.code, error.reason, error.executed) == (Status[code], Reason[reason], Executed[executed]), error
    assert "secret" not in str(error)
    assert error.kernel in str(error)
    assert error.route in str(error)
    assert client.echo(b"hello").payload == b"hello"


def test_a_deadline_ends_the_call_in_time_and_not_before(client: Any):
    client.echo(b"warm")
    begin = time.monotonic()
    failure(lambda: client.call("sleep", SleepRequest(duration_ns=HALF_A_SECOND_NS), timeout_s=0.05))
    assert 0.045 <= time.monotonic() - begin < 0.25


def test_a_deadline_of_the_client_bounds_every_call_that_has_none(worker: PlainProcess):
    with client_of("blocking", f"uds:{worker.endpoints['uds']}", timeout_s=0.03) as made:
        error = failure(lambda: made.call("sleep", SleepRequest(duration_ns=HALF_A_SECOND_NS)))
        assert error.reason is Reason.DEADLINE
        assert made.call("sleep", SleepRequest(duration_ns=60_000_000), timeout_s=2) is not None


def test_an_observation_has_every_stage_and_explains_the_call(client: Any):
    client.echo(b"warm")
    seen = client.observe("echo", EchoRequest(payload=b"hello"), traceparent=TRACEPARENT)
    assert seen.response == EchoResponse(payload=b"hello")
    # lag lies before the call, and no proxy stands between.
    assert [stage.name for stage in seen.stages.stages] == [stage.name for stage in STAGES if stage.name != "lag"]
    assert all(stage.duration_ns >= 0 for stage in seen.stages.stages), seen
    assert seen.hops_ns == ()
    assert seen.kernel_version == (1, 0)
    assert seen.stages.residual_ns >= 0


SIZES = (0, 1, 1_000, 300_000)
"""In turn: small calls beside some that take several frames."""


@pytest.mark.parametrize("channel", CHANNELS)
def test_threads_that_call_at_once_get_their_own_answers(worker: PlainProcess, channel: str):
    with connect(f"{channel}:{worker.endpoints[channel]}") as client, ThreadPoolExecutor(32) as threads:
        payloads = [number.to_bytes(4, "big") + bytes(SIZES[number % 4]) for number in range(400)]
        assert [one.payload for one in threads.map(client.echo, payloads)] == payloads


@pytest.mark.parametrize("channel", CHANNELS)
def test_tasks_that_call_at_once_get_their_own_answers(worker: PlainProcess, channel: str):
    async def main() -> None:
        async with aconnect(f"{channel}:{worker.endpoints[channel]}") as client:
            payloads = [number.to_bytes(4, "big") + bytes(SIZES[number % 4]) for number in range(400)]
            answers = await asyncio.gather(*(client.echo(one) for one in payloads))
            assert [one.payload for one in answers] == payloads

    asyncio.run(main())


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_nobody_listens(flavour: str, channel: str):
    address = "127.0.0.1:1" if channel == "grpc-tcp" else "/run/nobody-is-here.sock"
    with client_of(flavour, f"{channel}:{address}") as made:
        error = failure(lambda: made.echo(b"x"))
    assert (error.code, error.reason, error.executed) == (Status.UNAVAILABLE, Reason.NO_WORKER, Executed.NO), error


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("channel", ["uds", "grpc-uds"])
def test_another_major_is_refused_by_both_versions(flavour: str, channel: str):
    flags = ("--faults", "--contract-major", "2")
    with plain_worker(*flags) as other, client_of(flavour, f"{channel}:{other.endpoints[channel]}") as made:
        error = failure(lambda: made.echo(b"x"))
        assert (error.code, error.reason) == (Status.FAILED_PRECONDITION, Reason.CONTRACT_MISMATCH), error
        assert error.executed is Executed.NO
        assert failure(lambda: made.echo(b"x")).reason is Reason.CONTRACT_MISMATCH


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_worker_that_is_killed_in_flight_is_told_apart_and_its_successor_is_found(flavour: str, channel: str):
    with private_folder() as folder, plain_worker("--faults", folder=folder) as first:
        address = f"{channel}:{first.endpoints[channel]}"
        with client_of(flavour, address) as made:
            made.echo(b"warm")
            threading.Timer(0.2, first.process.kill).start()
            error = failure(lambda: made.call("sleep", SleepRequest(duration_ns=20 * HALF_A_SECOND_NS)))
            assert (error.reason, error.executed) == (Reason.WORKER_DIED, Executed.UNKNOWN), error
            first.process.wait()
            tcp = ("--uds", "--grpc-uds", "--grpc-tcp", first.endpoints["grpc-tcp"])
            with plain_worker("--faults", *tcp, folder=folder):
                assert made.echo(b"again", timeout_s=5).payload == b"again"


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("channel", CHANNELS)
def test_retries_bridge_a_restart(flavour: str, channel: str):
    with private_folder() as folder, plain_worker(folder=folder) as first:
        tcp = ("--uds", "--grpc-uds", "--grpc-tcp", first.endpoints["grpc-tcp"])
        with client_of(flavour, f"{channel}:{first.endpoints[channel]}", retries=100, timeout_s=5) as made:
            made.echo(b"warm")
            first.end(signal.SIGKILL)
            started = threading.Event()

            def later() -> None:
                time.sleep(0.2)
                with plain_worker(*tcp, folder=folder):
                    started.wait(10)

            second = threading.Thread(target=later)
            second.start()
            try:
                assert made.echo(b"again").payload == b"again"
            finally:
                started.set()
                second.join()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_call_in_flight_outlives_a_drain_and_the_next_one_finds_nobody(flavour: str):
    with plain_worker("--faults") as draining, client_of(flavour, f"uds:{draining.endpoints['uds']}") as made:
        made.echo(b"warm")
        threading.Timer(0.1, draining.process.terminate).start()
        assert made.call("sleep", SleepRequest(duration_ns=HALF_A_SECOND_NS)) is not None
        error = failure(lambda: made.echo(b"x"))
        assert error.code is Status.UNAVAILABLE
        assert error.executed is Executed.NO
        assert error.retryable


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_closed_client_refuses_calls(worker: PlainProcess, flavour: str):
    for channel in CHANNELS:
        with client_of(flavour, f"{channel}:{worker.endpoints[channel]}") as made:
            made.echo(b"warm")
            made.close()
            assert failure(lambda: made.echo(b"x")).executed is Executed.NO
