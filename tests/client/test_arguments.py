"""What a client refuses before any call."""

import pytest

from gateway.client import Codec, connect
from gateway.client.address import settings
from gateway.client.call import trace_context
from gateway.gen.kernels.v1.digest_pb2 import DigestResponse
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/run/worker.sock", "is no address: write uds, "),
        ("cgo:/run/worker.sock", "is no address"),
        ("uds", "is no address"),
        ("uds:worker.sock", "names no socket"),
        ("grpc-tcp:localhost", "names no port"),
        ("grpc-tcp::80", "names no port"),
        ("uds:/" + "x" * 107, "over 107 bytes"),
    ],
)
def test_a_wrong_address_is_refused_with_what_to_write(address: str, says: str):
    with pytest.raises(ValueError, match=says):
        connect(address)


@pytest.mark.parametrize(
    "wrong", [{"codec": Codec.RAW}, {"timeout_s": 0}, {"retries": -1}, {"max_message_bytes": 0}], ids=str
)
def test_wrong_settings_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match=r"take protobuf|at least 0"):
        connect("grpc-tcp:127.0.0.1:1", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("uds:/run/w.sock", "uds/msgpack"),
        ("grpc-uds:/run/g.sock", "grpc-uds/protobuf"),
        ("grpc-tcp:127.0.0.1:1", "grpc-tcp/protobuf"),
        ("gateway-unary:/run/p.sock", "gateway-unary/protobuf"),
        ("gateway-unary:127.0.0.1:1", "gateway-unary/protobuf"),
    ],
)
def test_an_address_says_the_route(address: str, route: str):
    assert settings(address).route == route


@pytest.mark.parametrize(
    ("kernel", "request_", "error"),
    [
        ("redact", EchoRequest(), ValueError),
        ("own", EchoRequest(), ValueError),
        ("", EchoRequest(), ValueError),
        ("x" * 65, EchoRequest(), ValueError),
        ("echo", DigestResponse(), TypeError),
    ],
)
def test_a_request_of_another_kernel_is_refused(kernel: str, request_: EchoRequest, error: type[Exception]):
    with connect("uds:/tmp/nobody.sock") as client, pytest.raises(error):
        client.call(kernel, request_)


@pytest.mark.parametrize("wrong", ["00", "00-ab-cd-01", "ff-" + "ab" * 16 + "-" + "cd" * 8 + "-01"])
def test_a_wrong_traceparent_is_refused(wrong: str):
    with pytest.raises(ValueError, match="traceparent"):
        trace_context(wrong)
