"""The worker within little memory, and within too little."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from gateway.client import CallError, Client
from gateway.target import engine
from gateway.target.compose import Composed
from tests.compose import service, stacks
from tests.compose.appending import Appending, reason_of
from tests.compose.events import Events
from tests.running import wait_until

KIB, MIB = 1 << 10, 1 << 20
HALF_A_CPU = {"SIDECAR_WORKER_CPUS": "0.5"}
ENOUGH = {**HALF_A_CPU, "SIDECAR_WORKER_MEMORY": "64m"}
TOO_LITTLE = {**HALF_A_CPU, "SIDECAR_WORKER_MEMORY": "16m"}
"""It starts and answers small calls; a few of megabytes at once are too much."""
SIZES = (256, 4 * KIB, 64 * KIB, MIB, 3 * MIB)
LINE, MASKED_LINE = service.TEXT + b"\n", service.MASKED + b"\n"
CALLERS = 10
UNDER_LOAD_S = 4.0
KILLED_WITHIN_S = 20.0
HEALTHY_AGAIN_S = 15.0
GREEDY_BYTES = SIZES[-1]


@contextmanager
def worker_within(folder: Path, limits: dict[str, str]) -> Iterator[tuple[Composed, Events]]:
    """A project of a worker alone, with these limits, and what happens to it."""
    project = stacks.project(folder, **limits)
    with Events(project.project) as events, project:
        project.up("worker")
        yield project, events


def redact_for_s(client: Client, size: int, duration_s: float) -> Counter[str]:
    """Calls of one size, one after the other, each answered right; how many, and which errors there were."""
    times = max(1, size // len(LINE))
    end_s, came = time.monotonic() + duration_s, Counter[str]()
    while time.monotonic() < end_s:
        try:
            assert client.redact(LINE * times).text == MASKED_LINE * times
            came["answered"] += 1
        except CallError as error:
            came[reason_of(error)] += 1
    return came


def test_half_a_cpu_and_64_mb_serve_redact(folder: Path):
    with (
        worker_within(folder, ENOUGH) as (project, events),
        stacks.worker_client(project) as client,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        before = project.pid("worker")
        sizes = [SIZES[caller % len(SIZES)] for caller in range(CALLERS)]
        came = sum(pool.map(lambda size: redact_for_s(client, size, UNDER_LOAD_S), sizes), Counter[str]())
        limits = engine.inspected("container", project.container("worker"))["HostConfig"]
        assert project.pid("worker") == before
        assert (limits["NanoCpus"], limits["Memory"]) == (500_000_000, 64 * MIB)
        assert not [one for one in events.all() if one.action in {"oom", "die"}]
    assert set(came) == {"answered"}
    assert came["answered"] > 10 * CALLERS


def test_a_worker_that_the_kernel_kills_is_replaced_and_no_acknowledged_call_is_lost(folder: Path):
    with (
        worker_within(folder, TOO_LITTLE) as (project, events),
        stacks.worker_client(project) as greedy,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        with Appending([stacks.worker_client(project)]) as load:
            load.await_answers(200)
            calls = [pool.submit(redact_for_s, greedy, GREEDY_BYTES, 2.0) for _ in range(CALLERS)]
            wait_until(lambda: bool(events.of("worker", "oom")), KILLED_WITHIN_S)
            for call in calls:
                call.result()
            load.answered_after_s(time.monotonic(), HEALTHY_AGAIN_S)
            load.await_answers(200)
        ended = events.of("worker", "die")
        assert ended
        assert {one.exit_code for one in ended} == {137}
    load.check(folder / stacks.APPENDED)
