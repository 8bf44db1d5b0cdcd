"""The worker loses its network and gets it back: calls over the bridge fail in time, calls over sockets go on."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.target import engine
from gateway.target.compose import Composed
from gateway.testing import GatewayStack
from tests.compose import service
from tests.compose.appending import Appending

CUT_S = 3.0
DEADLINE_S = 1.0
"""Of each call over the bridge, as tests/compose/faults.yml says."""
HEALED_WITHIN_S = 15.0
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


def over_the_bridge(base: str) -> tuple[str, float]:
    """How a call that needs the network ends, `ok` or its reason, and after how many seconds."""
    began_s = time.monotonic()
    answer = service.post(base, "/v1/kernels/redact", service.TEXT)
    took_s = time.monotonic() - began_s
    return "ok" if answer.status == 200 else json.loads(answer.body)["reason"], took_s


def test_a_cut_network_fails_calls_over_it_in_time_and_no_other(gateway_stack: GatewayStack, appended: Path):
    project = gateway_stack.composed
    assert project
    bridged = f"http://{project.address('service-tcp', TCP_PORT)}"
    assert over_the_bridge(bridged)[0] == "ok"
    near = [gateway_stack.client()] if "uds" in gateway_stack.addresses else []
    with Appending(near) as load:
        with cut(project, "worker"):
            ends, answered = [], 0
            until_s = time.monotonic() + CUT_S
            while time.monotonic() < until_s:
                ends.append(over_the_bridge(bridged))
                assert service.redacts(gateway_stack.http), "a call over the socket failed"
                answered += 1
        service.redacts_within_s(bridged, HEALED_WITHIN_S)
    assert {reason for reason, _ in ends} <= IN_TIME
    assert max(took_s for _, took_s in ends) < DEADLINE_S + 1.0
    assert answered > 1
    assert not load.reasons
    if near:
        load.check(appended)
