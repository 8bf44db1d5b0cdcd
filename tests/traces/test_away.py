"""A receiver that is away, or too slow, costs spans and nothing else: calls go on, drops are counted and told."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.traces.receiver import Receiver
from tests.traces import apart, whole

CALLS = 1500
TOLD = re.compile(r"spans are dropped.*dropped\"?[=:](\d+)")
ROUTE = "gateway/msgpack"
END_S = 5.0


@pytest.fixture
def nobody() -> str:
    """An address that nobody listens at."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def mute() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        one.listen(64)
        yield f"http://127.0.0.1:{one.getsockname()[1]}"


def called(environment: apart.Environment) -> tuple[float, dict[str, str]]:
    """(seconds of `CALLS` calls through service, proxy and worker; their logs after an orderly end)."""
    with apart.backends(environment) as both, apart.service(ROUTE, both.addresses, environment) as service:
        with apart.caller(service) as ask:
            ask()
            began_s = time.monotonic()
            assert {ask() for _ in range(CALLS)} == {200}
            took_s = time.monotonic() - began_s
        logs = {}
        for name, one in (("service", service), ("gateway", both.proxy), ("worker", both.worker)):
            began_s = time.monotonic()
            assert one.end() == 0, name
            assert time.monotonic() - began_s < END_S, f"{name} took its time to end"
            logs[name] = one.log()
    return took_s, logs


@pytest.mark.parametrize("where", ["nobody", "mute"])
def test_calls_go_on_and_every_process_tells_what_it_dropped(where: str, request: pytest.FixtureRequest) -> None:
    _, logs = called(apart.exporting(request.getfixturevalue(where), OTEL_BSP_MAX_QUEUE_SIZE="512"))
    per_call = {"service": 2 + 8, "gateway": 2, "worker": 1 + 4}
    for name, log in logs.items():
        told = [int(number) for number in TOLD.findall(log)]
        assert told, f"{name} told nothing: {log[-2000:]}"
        assert told == sorted(told)
        assert told[-1] == per_call[name] * (CALLS + 1), f"{name} lost count: {told}"
        assert len(told) <= 3, f"{name} tells too often"
        assert "Traceback" not in log


def test_a_receiver_that_is_there_takes_all_of_them() -> None:
    with Receiver() as receiver:
        _, logs = called(apart.exporting(receiver.endpoint, OTEL_BSP_MAX_QUEUE_SIZE="20000"))
        arrived = sum(len(scope.spans) for one in receiver.spans() for scope in one.scope_spans)
    assert arrived == whole.count(ROUTE) * (CALLS + 1)
    assert not any(TOLD.search(log) for log in logs.values())


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json"])
def test_another_protocol_is_told_by_every_process_in_one_line(protocol: str, nobody: str) -> None:
    environment = apart.exporting(nobody, OTEL_EXPORTER_OTLP_PROTOCOL=protocol)
    with apart.backends(environment) as both, apart.service(ROUTE, both.addresses, environment) as service:
        assert apart.post(service) == 200
        for one in (service, both.proxy, both.worker):
            one.end()
            assert one.log().count("OTLP over gRPC only") == 1
