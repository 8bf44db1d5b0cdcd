"""Rendered pods in an emulation of a kubelet (`emulated.py` says what it is and is not), with the real images."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from gateway.bench import findings, folder
from gateway.export import packed
from tests.compose import service
from tests.kubernetes.emulated import NODE, Pod
from tests.kubernetes.rendered import container

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_WITHIN_S = 20.0
BACK_WITHIN_S = 10.0
IN_FLIGHT = 4
COMPUTED_S = 0.3
TRIED_STEPS = 1_000_000
_ORDER = {"process": ["worker", "service"], "gateway": ["worker", "gateway", "service"], "inproc": ["service"]}


@pytest.fixture(params=_ORDER)
def pod(request: pytest.FixtureRequest, engine: None) -> Iterator[tuple[str, Pod]]:
    """An overlay's pod, ready."""
    with Pod(f"overlays/{request.param}") as found:
        await_ready(found)
        yield request.param, found


def await_ready(pod: Pod) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while not pod.ready():
        assert time.monotonic() < deadline_s, pod.log("service")[-2000:]
        time.sleep(0.1)


def spin(base: str, steps: int) -> service.Answer:
    return service.post(base, f"/v1/kernels/spin?steps={steps}", b"", timeout_s=30)


def steps_of(base: str, duration_s: float) -> int:
    """How many steps of spin take so long."""
    began_s = time.monotonic()
    assert spin(base, TRIED_STEPS).status == 200
    return round(TRIED_STEPS * duration_s / (time.monotonic() - began_s))


def test_sidecars_start_before_the_service_and_end_after_it_and_no_call_is_lost(pod: tuple[str, Pod]) -> None:
    name, running = pod
    assert service.redacts(running.base())
    steps = steps_of(running.base(), COMPUTED_S)
    with ThreadPoolExecutor(IN_FLIGHT + 1) as pool:
        told = pool.submit(running.terminate)
        answers: list[int] = []
        # What comes while the service hears of its end is answered; what comes later finds nobody.
        while not told.done() and service.GONE not in answers:
            calls = [pool.submit(spin, running.base(), steps) for _ in range(IN_FLIGHT)]
            answers += [call.result().status for call in calls]
        told.result()
    assert answers[:IN_FLIGHT] == [200] * IN_FLIGHT
    assert {*answers} <= {200, service.GONE}
    states = {one: running.state(one) for one in _ORDER[name]}
    assert {one: state["ExitCode"] for one, state in states.items()} == dict.fromkeys(states, 0)
    assert sorted(states, key=lambda one: states[one]["StartedAt"]) == _ORDER[name]
    assert sorted(states, key=lambda one: states[one]["FinishedAt"]) == [*reversed(_ORDER[name])]


@pytest.mark.parametrize("overlay", ["process", "gateway"])
def test_a_killed_worker_is_started_again_and_the_service_lives_on(overlay: str, engine: None) -> None:
    with Pod(f"overlays/{overlay}") as running:
        await_ready(running)
        before = running.state("service")["StartedAt"]
        running.kill("worker")
        deadline_s = time.monotonic() + BACK_WITHIN_S
        while running.restarts("worker") == 0 or not (service.redacts(running.base()) and running.ready()):
            assert time.monotonic() < deadline_s, running.log("worker")[-2000:]
            time.sleep(0.1)
        assert running.restarts("service") == 0
        assert running.state("service")["StartedAt"] == before


def test_what_the_bench_prints_on_a_node_is_a_whole_run_that_names_the_node(engine: None, tmp_path: Path) -> None:
    shorter = [
        *container("bench", "measure")["args"],
        "--kernel=digest",
        "--route=uds/msgpack",
        "--payload=4KiB",
        "--rounds=40",
    ]
    with Pod("bench", {"measure": shorter}) as job:
        assert job.ended_with("results") == 0
        log = job.log("results")
    assert log.startswith(packed.BEGIN)
    (unpacked,) = packed.unpack(log, "the log", tmp_path)
    told = findings.conclude(folder.read(unpacked))
    assert told.manifest.machine["name"] == NODE
    assert {one.scenario.kernel for one in told.verdicts} == {"digest"}
