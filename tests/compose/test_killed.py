"""The worker dies by `kill -9` while calls run: the engine replaces it, and no acknowledged call is lost."""

import time
from pathlib import Path

from gateway.testing import GatewayStack, containers
from tests.compose import service
from tests.compose.appending import Appending
from tests.compose.events import Events

HEALTHY_AGAIN_S = 10.0
"""The engine's pause of 0.1 s, the start of a container, the clients' reconnecting; on two busy CPUs."""


def test_a_container_whose_process_is_out_of_reach_is_killed_and_started_at_the_same_addresses(
    gateway_stack: GatewayStack,
):
    assert gateway_stack.composed
    before = gateway_stack.composed.address("gateway", containers.GATEWAY_PORT)
    containers.Containers(gateway_stack.composed).replace("gateway")
    assert gateway_stack.composed.address("gateway", containers.GATEWAY_PORT) == before
    with gateway_stack.client("gateway/msgpack", retries=50) as client:
        assert client.redact(service.TEXT).text == service.MASKED


def test_a_killed_worker_is_replaced_and_calls_are_answered_again(
    gateway_stack: GatewayStack, events_from_the_start: Events, load_routes: list[str], appended: Path
):
    assert gateway_stack.composed
    before, deaths = gateway_stack.composed.pid("worker"), len(events_from_the_start.of("worker", "die"))
    with Appending([gateway_stack.client(route) for route in load_routes]) as load:
        load.await_answers(200)
        gateway_stack.kill("worker")
        again_s = load.answered_after_s(time.monotonic(), HEALTHY_AGAIN_S)
        service.redacts_within_s(gateway_stack.http, HEALTHY_AGAIN_S)
        load.await_answers(200)
    assert gateway_stack.composed.pid("worker") != before
    assert [one.exit_code for one in events_from_the_start.of("worker", "die")[deaths:]] == [137]
    assert "Traceback" not in gateway_stack.composed.logs("gateway")
    load.check(appended)
    print(f"calls by {', '.join(load_routes)} are answered {again_s:.1f} s after kill -9")
