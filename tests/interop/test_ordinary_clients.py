"""What an ordinary gRPC client sees that knows nothing but an address: the proxy answers as the worker does."""

import base64

import pytest

from gateway.wire.kernels import NAMES
from tests.interop.clients import Target, as_json
from tests.plain_worker import PlainProcess, plain_proxy, plain_worker

REDACT = "kernels.v1.RedactService/Redact"
TEXT = {"text": as_json(b"login of ann@example.com from 203.0.113.7")}
MASKED = b"login of *************** from ***********"


def test_reflection_lists_every_service(target: Target) -> None:
    services = set(target.grpcurl("list").stdout.split())
    assert {f"kernels.v1.{name.title()}Service" for name in NAMES} <= services
    assert {"grpc.health.v1.Health", "wire.v1.FrameService"} <= services


def test_without_the_flag_no_kernel_that_misbehaves_is_shown() -> None:
    with plain_worker() as worker, plain_proxy("--upstream", worker.endpoints["uds"]) as gateway:
        for address in (worker.endpoints["grpc-tcp"], gateway.endpoints["gateway-tcp"]):
            services = Target(address).grpcurl("list").stdout.split()
            assert not any(service.startswith("faults.v1") for service in services)


def test_reflection_describes_a_request(target: Target) -> None:
    assert "bytes text = 1;" in target.grpcurl("describe", "kernels.v1.RedactRequest").stdout


@pytest.mark.parametrize("service", ["", "kernels.v1.RedactService"])
def test_health_says_serving(target: Target, service: str) -> None:
    assert target.call("grpc.health.v1.Health/Check", {"service": service}) == {"status": "SERVING"}


def test_redact_answers_by_reflection_alone(target: Target) -> None:
    answer = target.call(REDACT, TEXT)
    assert isinstance(answer, dict)
    assert base64.b64decode(answer["text"]) == MASKED


def test_every_kernel_gives_the_same_answer_at_each_address(worker: PlainProcess, gateway: PlainProcess) -> None:
    requests = {
        "Echo": {"payload": as_json(b"hello")},
        "Spin": {"steps": "9", "payload": as_json(b"x")},
        "Digest": {"data": as_json(b"abc")},
        "Redact": TEXT,
        "Tokenize": {"text": as_json(b"hello world")},
        "Topk": {"query": as_json(bytes(384)), "k": 3},
        "Inflate": {"data": as_json(bytes.fromhex("1f8b08000000000000ff4bcacf0700e9ac6ad603000000"))},
    }
    assert {name.title() for name in NAMES} == set(requests)
    for name, request in requests.items():
        method = f"kernels.v1.{name}Service/{name}"
        direct = Target(worker.endpoints["grpc-uds"]).call(method, request)
        assert direct == Target(gateway.endpoints["gateway-unary"]).call(method, request)


def test_ghz_calls_redact_without_a_failure(target: Target) -> None:
    assert target.ghz(REDACT, TEXT, "--total=500", "--concurrency=4") == {"OK": 500}
