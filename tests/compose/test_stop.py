"""`docker compose stop` while calls run: in order, each drained, and no answer is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway import config
from gateway.testing import containers
from tests.compose import service, stacks
from tests.compose.appending import Appending
from tests.compose.events import Event, Events
from tests.running import wait_until

OURS = ("worker", "gateway", "service", "service-tcp")
IN_FLIGHT = 4
TRIED_STEPS = 1_000_000
COMPUTED_S = 0.3
"""Of each call in flight; together they take longer, on the one CPU of the worker."""
STOPPED_WITHIN_S = 15.0


def spin(base: str, steps: int) -> service.Answer:
    """A call of the service that computes for so many steps."""
    return service.post(base, f"/v1/kernels/spin?steps={steps}", b"", timeout_s=30)


def steps_of(base: str, duration_s: float) -> int:
    """How many steps take so long, by one call."""
    began_s = time.monotonic()
    answer = spin(base, TRIED_STEPS)
    assert answer.status == 200, answer
    return round(TRIED_STEPS * duration_s / (time.monotonic() - began_s))


def deaths(events: Events) -> list[Event]:
    """Our containers' ends, in their order."""
    return [one for one in events.all() if one.action == "die" and one.service in OURS]


def test_a_stop_ends_callers_first_and_loses_no_answer(folder: Path):
    project = stacks.project(folder)
    with (
        Events(project.project) as events,
        containers.started(project, config.Common()) as stack,
        ThreadPoolExecutor(IN_FLIGHT) as pool,
    ):
        steps = steps_of(stack.http, COMPUTED_S)
        near = ["uds/msgpack"] if "uds" in stack.addresses else ["grpc-tcp/protobuf"]
        with Appending([stack.client(route) for route in [*near, "gateway/msgpack"]]) as load:
            load.await_answers(200)
            in_flight = [pool.submit(spin, stack.http, steps) for _ in range(IN_FLIGHT)]
            time.sleep(COMPUTED_S / 2)
            began_s = time.monotonic()
            stopped = project.run("stop")
            took_s = time.monotonic() - began_s
        assert stopped.returncode == 0, stopped.stderr
        wait_until(lambda: len(deaths(events)) == len(OURS))
        ended = deaths(events)
        assert [call.result().status for call in in_flight] == [200] * IN_FLIGHT
    assert took_s < STOPPED_WITHIN_S
    assert {one.service: one.exit_code for one in ended} == dict.fromkeys(OURS, 0)
    assert [one.service for one in ended][-1] == "worker"
    load.check(folder / stacks.APPENDED, every_answer=True)
