"""The worker loses its network and gets it back: calls over the bridge fail in time, calls over sockets go on."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from gateway.client import CallError, Client
from gateway.target import engine
from gateway.target.compose import Composed
from gateway.testing import GatewayStack
from tests.compose import service
from tests.compose.appending import Appending, reason_of
from tests.running import wait_until

CUT_S = 3.0
DEADLINE_S = 1.0
"""Of each call over the bridge, as tests/compose/faults.yml says."""
LATE_S = 1.0
"""Of a busy machine."""
HEALED_WITHIN_S = 15.0
OK = "ok"
TCP_PORT = 8080
IN_TIME = {"DEADLINE", "NO_WORKER", "WORKER_DIED"}


@contextmanager
def cut(project: Composed, name: str) -> Iterator[None]:
    """Take a service's container off its networks for the length of the block."""
    container = project.container(name)
    networks = list(engine.inspected("container", container)["NetworkSettings"]["Networks"])
    for network in networks:
        engine.asked("network", "disconnect", network, container)
    try:
        yield
    finally:
        for network in networks:
            engine.asked("network", "connect", "--alias", name, network, container)


def by_service(base: str) -> str:
    """How a call ends that the service makes over the bridge: `ok`, or its reason."""
    answer = service.post(base, "/v1/kernels/redact", service.TEXT)
    return OK if answer.status == 200 else json.loads(answer.body)["reason"]


def by_port(client: Client) -> str:
    """How a call ends that goes to the worker's published port."""
    try:
        client.redact(service.TEXT)
    except CallError as error:
        return reason_of(error)
    return OK


def timed(call: Callable[[], str]) -> tuple[str, float]:
    """How it ends, and after how many seconds."""
    began_s = time.monotonic()
    return call(), time.monotonic() - began_s


def test_a_cut_network_fails_calls_over_it_in_time_and_no_other(gateway_stack: GatewayStack, appended: Path):
    project = gateway_stack.composed
    assert project
    bridged = f"http://{project.address('service-tcp', TCP_PORT)}"
    near = [gateway_stack.client()] if "uds" in gateway_stack.addresses else []
    with Appending(near) as load, gateway_stack.client("grpc-tcp/protobuf", timeout_s=DEADLINE_S) as client:
        calls = (partial(by_service, bridged), partial(by_port, client))
        assert [call() for call in calls] == [OK, OK]
        ends: list[tuple[str, float]] = []
        with cut(project, "worker"):
            until_s = time.monotonic() + CUT_S
            while time.monotonic() < until_s:
                ends += map(timed, calls)
                assert service.redacts(gateway_stack.http), "a call over the socket failed"
        for call in calls:
            wait_until(lambda call=call: call() == OK, HEALED_WITHIN_S)
    assert {reason for reason, _ in ends} <= IN_TIME
    assert max(took_s for _, took_s in ends) < DEADLINE_S + LATE_S
    assert not load.came.reasons
    if near:
        load.check(appended)
