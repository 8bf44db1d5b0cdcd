"""The fault table as an ordinary client meets it: what grpcurl is told by the worker and by the proxy before it.

Reason and executed are in google.rpc.ErrorInfo. A library that ends the call itself tells a code alone; where that can
happen first, the row says so. What needs a second call on one connection, or a caller that cancels, is no fault that
grpcurl can provoke: the channels' suite has those rows too.
"""

import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from gateway.client import CallError, Reason, connect, unary
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from tests.interop.clients import Refused, Target, as_json
from tests.plain_worker import ROOT, PlainProcess, plain_proxy, plain_worker

TABLE: dict[str, Any] = tomllib.loads((ROOT / "protos" / "FAULTS.toml").read_text())
SLEEP = "faults.v1.SleepService/Sleep"
HALF_A_SECOND = {"durationNs": "500000000"}
LONG = {"durationNs": "20000000000"}
IN_FLIGHT_S = 3.0
"""After so long a call of grpcurl runs in the worker, on a busy machine too."""


@dataclass(frozen=True)
class Provoked:
    """A call that meets a fault at a worker that runs with --faults."""

    fault: str
    method: str
    request: dict[str, Any]
    flags: tuple[str, ...] = ()
    bare: bool = False
    """Whether the client's own library may end the call, so that no ErrorInfo comes."""


PROVOKED = [
    Provoked("deadline", SLEEP, HALF_A_SECOND, ("-max-time", "0.1"), bare=True),
    Provoked("request_too_large", "kernels.v1.EchoService/Echo", {"payload": as_json(bytes(5 << 20))}),
    Provoked("reply_too_large", "faults.v1.AllocService/Alloc", {"size": "5000000"}),
    Provoked("malformed_header", "kernels.v1.BytesService/Bytes", {"data": ""}),
    Provoked("unknown_kernel", "kernels.v1.BytesService/Bytes", {"data": ""}, ("-H", "boundary-kernel: nobody")),
    Provoked("panicked", "faults.v1.PanicService/Panic", {"message": as_json(b"secret")}),
    Provoked("version", "kernels.v1.EchoService/Echo", {"payload": ""}, ("-H", "boundary-contract: 2.0")),
]


def check(fault: str, told: dict[str, Any] | Refused, *, bare: bool = False) -> None:
    """Whether what was told is what the table says."""
    row = TABLE[fault]
    assert isinstance(told, Refused), told
    assert told.code == row["code"]
    if not (bare and not told.reason):
        assert (told.reason, told.executed) == (row["reason"], row["executed"])
        assert told.retry_after == row.get("retry_after", False)


@pytest.mark.parametrize("call", PROVOKED, ids=lambda call: call.fault)
def test_a_fault_is_told_as_the_table_says(target: Target, call: Provoked) -> None:
    check(call.fault, target.call(call.method, call.request, *call.flags), bare=call.bare)
    assert target.call("kernels.v1.EchoService/Echo", {"payload": as_json(b"on")}) == {"payload": as_json(b"on")}


def test_a_payload_that_does_not_decode_is_told_as_the_table_says(target: Target) -> None:
    """grpcurl writes no wrong message, so a channel without a serializer does."""
    options = [("grpc.default_authority", "localhost")]
    made = grpc.insecure_channel(unary.target(target.address), options)
    with made as channel, pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/kernels.v1.RedactService/Redact")(b"\x0a\xff", timeout=5)
    told: Any = raised.value
    error = unary.error(told.code(), told.details(), told.trailing_metadata())
    assert isinstance(error.reason, Reason)
    check("malformed_payload", Refused(told.code().name, error.reason.name, error.executed.name.lower()))


@pytest.fixture(params=["worker grpc-tcp", "gateway gateway-tcp"])
def start(request: pytest.FixtureRequest) -> Iterator[Callable[..., tuple[Target, PlainProcess]]]:
    """Starts a worker with flags, and a proxy before it where the target is one; target and worker."""
    role, name = request.param.split()
    with ExitStack() as stack:

        def started(*flags: str) -> tuple[Target, PlainProcess]:
            worker = stack.enter_context(plain_worker("--faults", *flags))
            if role == "worker":
                return Target(worker.endpoints[name]), worker
            gateway = stack.enter_context(plain_proxy("--upstream", worker.endpoints["uds"]))
            return Target(gateway.endpoints[name]), worker

        yield started


def test_a_full_queue_is_told_as_the_table_says(start: Callable[..., tuple[Target, PlainProcess]]) -> None:
    target, worker = start("--compute-threads", "1", "--queue", "1")
    target.call(SLEEP, {"durationNs": "1"})
    with connect(f"uds:{worker.endpoints['uds']}") as client:
        for _ in range(2):  # one runs, one waits
            threading.Thread(target=_sleep, args=(client,), daemon=True).start()
            time.sleep(0.2)
        check("queue_full", target.call(SLEEP, HALF_A_SECOND))


def test_a_worker_that_dies_in_flight_is_told_as_the_table_says(
    start: Callable[..., tuple[Target, PlainProcess]],
) -> None:
    target, worker = start()
    threading.Timer(IN_FLIGHT_S, worker.process.kill).start()
    check("died_in_flight", target.call(SLEEP, LONG), bare=True)


def test_a_proxy_without_its_worker_says_so_for_each_call() -> None:
    with plain_proxy("--upstream", "/run/nobody-is-here.sock") as gateway:
        target = Target(gateway.endpoints["gateway-tcp"])
        check("refused", target.call("kernels.v1.EchoService/Echo", {"payload": ""}))
        assert target.call("grpc.health.v1.Health/Check", {}) == {"status": "NOT_SERVING"}


def test_a_proxy_before_a_worker_of_another_major_says_so_for_each_call() -> None:
    with ExitStack() as stack:
        worker = stack.enter_context(plain_worker("--faults", "--contract-major", "2"))
        gateway = stack.enter_context(plain_proxy("--upstream", worker.endpoints["uds"]))
        target = Target(gateway.endpoints["gateway-tcp"])
        check("version", target.call("kernels.v1.EchoService/Echo", {"payload": ""}))


def _sleep(client: Any) -> None:
    with suppress(CallError):  # the test is over before it wakes up
        client.call("sleep", SleepRequest(duration_ns=3_000_000_000))
