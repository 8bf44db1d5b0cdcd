"""The worker dies by `kill -9` while calls run: the engine replaces it, and no acknowledged call is lost."""

import time
from pathlib import Path

from gateway.testing import GatewayStack
from tests.compose import service
from tests.compose.appending import Appending
from tests.compose.events import Events

HEALTHY_AGAIN_S = 10.0
"""The engine's pause of 0.1 s, the start of a container, the clients' reconnecting; on two busy CPUs."""


def test_a_killed_worker_is_replaced_and_calls_are_answered_again(
    gateway_stack: GatewayStack, load_routes: list[str], appended: Path
):
    assert gateway_stack.composed
    events, before = Events(gateway_stack.composed), gateway_stack.composed.pid("worker")
    with Appending([gateway_stack.client(route) for route in load_routes]) as load:
        load.await_answers(200)
        gateway_stack.kill("worker")
        again_s = load.answered_after_s(time.monotonic(), HEALTHY_AGAIN_S)
        service.redacts_within_s(gateway_stack.http, HEALTHY_AGAIN_S)
        load.await_answers(200)
    assert gateway_stack.composed.pid("worker") != before
    assert [one.exit_code for one in events.of("worker", "die")] == [137]
    load.check(appended)
    print(f"calls by {', '.join(load_routes)} are answered {again_s:.1f} s after kill -9")
