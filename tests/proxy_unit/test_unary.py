"""The typed services of the proxy answer as the worker's own gRPC does, to plain clients and to grpcurl."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from gateway.gen.faults.v1.alloc_pb2 import AllocRequest
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.gen.kernels.v1.bytes_pb2 import BytesRequest
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest
from gateway.gen.wire.v1.wire_pb2 import Receipt
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, Reason
from tests.proxy_unit.running import Process, channel, pair, proxy, started
from tests.running import built

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
GRPCURL = ROOT / "build" / "tools" / "grpcurl"
ECHO, SLEEP = "/kernels.v1.EchoService/Echo", "/faults.v1.SleepService/Sleep"
BYTES = "/kernels.v1.BytesService/Bytes"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Process]]:
    """A worker that serves everything, and a proxy before it."""
    folder = tmp_path_factory.mktemp("w")
    folder.chmod(0o700)
    command = [str(built() / "sidecar-worker"), "--socket-dir", str(folder), "--faults"]
    with started(command) as worker, proxy("--upstream", worker.endpoints["uds"]) as one:
        yield worker, one


@pytest.fixture(scope="module")
def running(both: tuple[Process, Process]) -> Process:
    return both[1]


@pytest.fixture(params=["gateway-unary", "gateway-tcp"])
def plain(running: Process, request: pytest.FixtureRequest) -> Iterator[grpc.Channel]:
    with channel(running, request.param) as one:
        yield one


class Outcome:
    """What a call gave: code, reason, retry, receipt."""

    def __init__(self, call: Any) -> None:
        metadata = dict(call.trailing_metadata() or ()) | dict(call.initial_metadata() or ())
        self.code = call.code().name
        self.contract = metadata.get("boundary-contract")
        self.receipt = Receipt.FromString(metadata["boundary-receipt-bin"])
        self.info, self.retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        for detail in status_pb2.Status.FromString(metadata.get("grpc-status-details-bin", b"")).details:
            for message in (self.info, self.retry):
                detail.Unpack(message)


def call(
    plain: grpc.Channel, method: str, payload: bytes, *metadata: tuple[str, str], timeout: float = 10
) -> tuple[bytes, Outcome]:
    try:
        answer, done = plain.unary_unary(method).with_call(payload, metadata=metadata, timeout=timeout)
    except grpc.RpcError as error:
        return b"", Outcome(error)
    return answer, Outcome(done)


def echo(payload: bytes) -> bytes:
    return EchoRequest(payload=payload).SerializeToString()


@pytest.mark.parametrize("size", [0, 64, 262_144, 1_000_000, MAX_MESSAGE_BYTES - 10])
def test_a_payload_of_any_size_comes_back_with_its_receipt(plain: grpc.Channel, size: int) -> None:
    payload = echo(bytes(size))
    answer, outcome = call(plain, ECHO, payload)
    assert (answer == payload, outcome.code, outcome.contract) == (True, "OK", "1.0")
    assert (outcome.receipt.total_bytes, outcome.receipt.kernel_version) == (len(payload), 1 << 16)
    assert not outcome.receipt.stamps_ns


def test_stamps_and_the_hop_are_in_the_receipt(plain: grpc.Channel) -> None:
    before = time.monotonic_ns()
    _, outcome = call(plain, ECHO, echo(b"x"), ("boundary-stamps", "1"))
    p0, p1, p2, p3 = outcome.receipt.hops_ns
    t4, *_, t8 = outcome.receipt.stamps_ns
    assert before < p0 <= p1 <= t4 <= t8 <= p2 <= p3 < time.monotonic_ns()


FAILURES = {
    "panic": (
        "/faults.v1.PanicService/Panic",
        b"",
        (),
        "INTERNAL",
        Reason.KERNEL_PANICKED,
        "yes",
    ),
    "malformed payload": (ECHO, b"\xff", (), "INVALID_ARGUMENT", Reason.MALFORMED_PAYLOAD, "no"),
    "unknown method": ("/kernels.v1.NobodyService/Nobody", b"", (), "UNIMPLEMENTED", Reason.UNKNOWN_KERNEL, "no"),
    "stamps are neither 0 nor 1": (
        ECHO,
        b"",
        (("boundary-stamps", "2"),),
        "INVALID_ARGUMENT",
        Reason.MALFORMED_HEADER,
        "no",
    ),
    "contract is no version": (
        ECHO,
        b"",
        (("boundary-contract", "one"),),
        "INVALID_ARGUMENT",
        Reason.MALFORMED_HEADER,
        "no",
    ),
    "another major": (
        ECHO,
        b"",
        (("boundary-contract", "2.0"),),
        "FAILED_PRECONDITION",
        Reason.CONTRACT_MISMATCH,
        "no",
    ),
    "request too large": (ECHO, bytes(MAX_MESSAGE_BYTES + 1), (), "RESOURCE_EXHAUSTED", Reason.REQUEST_TOO_LARGE, "no"),
    "reply too large": (
        "/faults.v1.AllocService/Alloc",
        AllocRequest(size=MAX_MESSAGE_BYTES).SerializeToString(),
        (),
        "RESOURCE_EXHAUSTED",
        Reason.REPLY_TOO_LARGE,
        "yes",
    ),
    "bytes without a kernel": (BYTES, b"", (), "INVALID_ARGUMENT", Reason.MALFORMED_HEADER, "no"),
    "bytes with a long kernel": (
        BYTES,
        b"",
        (("boundary-kernel", "k" * 65),),
        "INVALID_ARGUMENT",
        Reason.MALFORMED_HEADER,
        "no",
    ),
    "bytes with a kernel that nobody has": (
        BYTES,
        b"",
        (("boundary-kernel", "mine"),),
        "UNIMPLEMENTED",
        Reason.UNKNOWN_KERNEL,
        "no",
    ),
    "bytes with a typed kernel": (
        BYTES,
        BytesRequest(data=b"").SerializeToString(),
        (("boundary-kernel", "echo"),),
        "UNIMPLEMENTED",
        Reason.UNKNOWN_KERNEL,
        "no",
    ),
}


@pytest.mark.parametrize("case", FAILURES.values(), ids=FAILURES)
def test_a_failure_says_code_reason_and_whether_it_ran(plain: grpc.Channel, case: Any) -> None:
    method, payload, metadata, code, reason, executed = case
    _, outcome = call(plain, method, payload, *metadata)
    assert (outcome.code, outcome.info.reason, outcome.receipt.reason) == (code, reason.name, reason)
    assert (outcome.info.domain, outcome.info.metadata["executed"]) == ("sidecar-ipc.dev", executed)
    assert call(plain, ECHO, echo(b"after"))[1].code == "OK"


def test_a_deadline_reaches_the_kernel() -> None:
    """The one compute thread is free again long before the kernel would have slept enough."""
    with pair(worker_flags=("--compute-threads", "1")) as (_, one), channel(one) as plain:
        with pytest.raises(grpc.RpcError) as failed:
            plain.unary_unary(SLEEP)(SleepRequest(duration_ns=5 * 10**9).SerializeToString(), timeout=0.3)
        assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED  # type: ignore[attr-defined]
        started_s = time.monotonic()
        plain.unary_unary(SLEEP)(SleepRequest(duration_ns=1).SerializeToString(), timeout=5)
        assert time.monotonic() - started_s < 2


def test_a_cancel_reaches_the_kernel() -> None:
    with pair(worker_flags=("--compute-threads", "1")) as (_, one), channel(one) as plain:
        waiting = plain.unary_unary(SLEEP).future(SleepRequest(duration_ns=9 * 10**9).SerializeToString())
        time.sleep(0.1)
        waiting.cancel()
        started_s = time.monotonic()
        plain.unary_unary(SLEEP)(SleepRequest(duration_ns=1).SerializeToString(), timeout=5)
        assert time.monotonic() - started_s < 2


def test_a_full_queue_says_when_to_come_back() -> None:
    with pair("--max-in-flight", "2") as (_, one), channel(one) as plain:
        held = [plain.unary_unary(SLEEP).future(SleepRequest(duration_ns=10**9).SerializeToString()) for _ in range(2)]
        time.sleep(0.2)
        _, outcome = call(plain, ECHO, b"")
        assert (outcome.code, outcome.info.reason) == ("RESOURCE_EXHAUSTED", "QUEUE_FULL")
        assert outcome.retry.retry_delay.ToNanoseconds() == outcome.receipt.retry_after_ns > 0
        for one_held in held:
            one_held.result()
        assert call(plain, ECHO, b"")[1].code == "OK"


def grpcurl(
    address: str, *arguments: str, data: str | None = None, proto: str = ""
) -> subprocess.CompletedProcess[str]:
    """Ask a server; without a proto file it asks reflection for the messages."""
    options = ["-unix"] if address.startswith("/") else []
    options += ["-import-path", str(ROOT / "protos"), "-proto", proto] if proto else []
    body = ["-d", data] if data is not None else []
    command = [str(GRPCURL), "-plaintext", *options, *body, address, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


QUESTIONS = {
    "echo": ("kernels/v1/echo.proto", "kernels.v1.EchoService/Echo", '{"payload":"aGVsbG8="}'),
    "digest": ("kernels/v1/digest.proto", "kernels.v1.DigestService/Digest", '{"data":"aGVsbG8="}'),
    "redact": ("kernels/v1/redact.proto", "kernels.v1.RedactService/Redact", '{"text":"bWFpbCBhQGIuY29t"}'),
    "panic": ("faults/v1/panic.proto", "faults.v1.PanicService/Panic", "{}"),
    "reply too large": ("faults/v1/alloc.proto", "faults.v1.AllocService/Alloc", '{"size":"5000000"}'),
    "bytes without a kernel": ("kernels/v1/bytes.proto", "kernels.v1.BytesService/Bytes", '{"data":""}'),
    "health": ("", "grpc.health.v1.Health/Check", '{"service":"kernels.v1.EchoService"}'),
}


@pytest.mark.parametrize(("proto", "method", "data"), QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("door", [("grpc-tcp", "gateway-tcp"), ("grpc-uds", "gateway")], ids=["tcp", "uds"])
def test_grpcurl_gets_the_same_answer_from_proxy_and_worker(
    both: tuple[Process, Process], door: tuple[str, str], proto: str, method: str, data: str
) -> None:
    said = []
    for process, name in zip(both, door, strict=True):
        done = grpcurl(process.endpoints[name], method, data=data, proto=proto)
        lines = [line for line in done.stderr.splitlines() if "Message:" not in line]
        said.append((done.returncode, done.stdout, lines))
    assert said[0] == said[1]


def test_reflection_lists_and_describes_in_both_versions(running: Process) -> None:
    address = running.endpoints["gateway-tcp"]
    listed = grpcurl(address, "list").stdout.split()
    assert {"kernels.v1.EchoService", "wire.v1.FrameService", "grpc.reflection.v1.ServerReflection"} <= set(listed)
    for name in (*listed, "faults.v1.SleepService"):
        assert "is a service" in grpcurl(address, "describe", name).stdout, name


def test_old_reflection_answers_too(running: Process) -> None:
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    question = reflection_pb2.ServerReflectionRequest(file_containing_symbol="kernels.v1.EchoService")
    with channel(running) as plain:
        ask: Any = reflection_pb2_grpc.ServerReflectionStub(plain)
        answer = next(ask.ServerReflectionInfo(iter([question])))
    assert answer.file_descriptor_response.file_descriptor_proto


def test_health_follows_the_worker() -> None:
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    with pair() as (behind, one), channel(one) as plain:
        seen: list[int] = []
        stub: Any = health_pb2_grpc.HealthStub(plain)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service="kernels.v1.EchoService"))

        def follow() -> None:
            try:
                seen.extend(answer.status for answer in watch)
            except grpc.RpcError:
                return

        thread = threading.Thread(target=follow)
        thread.start()
        _wait_for(seen, [1])
        behind.process.kill()
        _wait_for(seen, [1, 2])
        watch.cancel()
        thread.join()
        done = grpcurl(one.endpoints["gateway-tcp"], "grpc.health.v1.Health/Check")
        assert json.loads(done.stdout)["status"] == "NOT_SERVING"


def _wait_for(seen: list[int], wanted: list[int]) -> None:
    deadline = time.monotonic() + 5
    while seen != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == wanted


def test_a_malformed_grpc_timeout_or_traceparent_does_no_harm(plain: grpc.Channel) -> None:
    for text in ("junk", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff-" + "1" * 32 + "-" + "1" * 16 + "-01"):
        assert call(plain, ECHO, echo(b"x"), ("traceparent", text))[1].code == "OK"
