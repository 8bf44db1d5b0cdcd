"""One call of the service in containers is one whole trace in Jaeger, read back through Jaeger's own API.

Each container measured the offset of its clock itself; no supervisor hands one out.
"""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gateway import cli, exit_codes
from gateway.errors import Refusal
from gateway.target import engine
from gateway.traces.jaeger import Jaeger
from tests.compose import service
from tests.traces import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.target.compose import Composed
    from gateway.testing import GatewayStack
    from gateway.traces.trace import Trace

ROUTES = (
    "gateway/msgpack",
    "gateway-unary/protobuf",
    "uds/msgpack",
    "grpc-uds/protobuf",
    "grpc-tcp/protobuf",
    "grpc-stream/msgpack",
    "cgo/raw",
    "native",
)
JAEGER_PORT, HTTP_PORT = 16686, 8080
ARRIVE_S = 15.0
"""A process keeps its spans for 5 s at most."""
READY_S = 10.0
LIMIT = 500


@contextmanager
def beside(composed: Composed, route: str) -> Iterator[str]:
    """A further container of the service, all kernels on a route; its address. Its end in order sends its spans."""
    name = f"{composed.project}-traces-{secrets.token_hex(3)}"
    flags = ("--detach", "--no-deps", "--name", name, "--env", f"SIDECAR_ROUTE={route}")
    started = composed.run("run", *flags, "--publish", f"127.0.0.1::{HTTP_PORT}", "service")
    assert started.returncode == 0, started.stderr
    try:
        yield engine.asked("port", name, str(HTTP_PORT)).splitlines()[0]
        engine.asked("stop", name)
    finally:
        engine.asked("rm", "--force", name)


def called(address: str) -> None:
    """One answered call; refused connections of a service that starts are no call."""
    deadline_s = time.monotonic() + READY_S
    while (answer := service.post(f"http://{address}", "/v1/kernels/redact", service.TEXT)).status == service.GONE:
        assert time.monotonic() < deadline_s, answer.body
        time.sleep(0.05)
    assert (answer.status, answer.body) == (200, service.MASKED)


def arrived(jaeger: Jaeger, began_ns: int) -> dict[str, list[Trace]]:
    """The traces since then by route, once those of every route have all their spans, or at the bound."""
    deadline_s = time.monotonic() + ARRIVE_S
    while True:
        found = by_route(jaeger, began_ns)
        counts = {route: sum(len(one.spans) for one in found.get(route, [])) for route in ROUTES}
        if all(counts[route] >= whole.count(route) for route in ROUTES) or time.monotonic() > deadline_s:
            return found
        time.sleep(0.2)


def by_route(jaeger: Jaeger, began_ns: int) -> dict[str, list[Trace]]:
    look_back = timedelta(seconds=(time.time_ns() - began_ns) / 1e9)
    try:
        latest = jaeger.traces(LIMIT, look_back)
    except Refusal:
        return {}
    found: dict[str, list[Trace]] = {}
    for one in latest:
        if one.spans[0].start_ns >= began_ns:
            found.setdefault(one.route, []).append(one)
    return found


@pytest.fixture(scope="module")
def jaeger_url(gateway_stack: GatewayStack) -> str:
    assert gateway_stack.composed
    return f"http://{gateway_stack.composed.address('jaeger', JAEGER_PORT)}"


@pytest.fixture(scope="module")
def traces(gateway_stack: GatewayStack, jaeger_url: str) -> dict[str, list[Trace]]:
    """What Jaeger has of one call by each route, none of which brought a trace along."""
    assert gateway_stack.composed
    began_ns = time.time_ns()
    with ExitStack() as stack:
        for address in [stack.enter_context(beside(gateway_stack.composed, route)) for route in ROUTES]:
            called(address)
    return arrived(Jaeger(jaeger_url), began_ns)


@pytest.mark.parametrize("route", ROUTES)
def test_one_call_is_one_whole_trace_by(route: str, traces: dict[str, list[Trace]]) -> None:
    (one,) = traces[route]
    assert whole.wrong(one, route) == []
    assert one.services == tuple(dict.fromkeys(service for service, _, _ in whole.chain(route)))


def test_a_callers_trace_goes_on_through_the_containers(gateway_stack: GatewayStack, jaeger_url: str) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    headers = {"traceparent": f"00-{trace_id}-{caller}-01"}
    assert service.post(gateway_stack.http, "/v1/kernels/redact", service.TEXT, headers=headers).status == 200
    deadline_s = time.monotonic() + ARRIVE_S
    found = None
    while (found is None or len(found.spans) < whole.count(found.route)) and time.monotonic() < deadline_s:
        time.sleep(0.2)
        found = Jaeger(jaeger_url).trace(trace_id)
    assert found
    assert whole.wrong(found, found.route, caller) == []


def test_the_command_lists_and_draws_what_jaeger_has(
    traces: dict[str, list[Trace]], jaeger_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (one,) = traces["gateway/msgpack"]
    assert cli.run(["trace", "list", jaeger_url, "--limit", str(LIMIT)]) == exit_codes.OK
    assert one.trace_id[:8] in capsys.readouterr().out
    assert cli.run(["trace", "show", jaeger_url, one.trace_id]) == exit_codes.OK
    drawn = capsys.readouterr().out
    assert all(name in drawn for name in (whole.SERVICE, whole.PROXY, whole.WORKER, "request proxy", "compute"))
