"""Sweep and journeys with real processes, in seconds: what is measured, what is told, how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.bench import folder, journeys, knee, plan_file
from gateway.bench.journeys import ALONE, BYSTANDER, JOURNEY, LOADED
from gateway.bench.plan import Wishes
from gateway.bench.sweep import CLOSED, LADDER
from gateway.errors import Refusal
from tests.running import built, gateway, runs, wait_until

if TYPE_CHECKING:
    from gateway.bench.folder import Run

ROUTES = ("native", "cgo/raw", "uds/msgpack")
PLAN = """
name = "loads"
rounds = 2
block_ms = 2
warmup_ms = 0
min_calls = 1
stamps_every = 5
reservoir = 10
timeout_ms = 0
budget_s = 0
minimum_gain = 0.2
control = "uds/msgpack"
[[scenarios]]
kernel = "redact"
sizes = ["4KiB"]
routes = ["native", "cgo/raw", "uds/msgpack"]
"""
SWEEP = """
[[sweep]]
kernel = "redact"
size = "4 KiB"
routes = ["native", "cgo/raw", "uds/msgpack", "grpc-tcp"]
bound_ms = 50
in_flight = 16
passes = {passes}
point_ms = 30
"""
JOURNEYS = """
[journey]
routes = ["native", "cgo/raw", "uds/msgpack"]
mix = [
    {{ kernel = "redact", size = "4KiB", weight = 3 }},
    {{ kernel = "inflate", size = "16KiB" }},
    {{ kernel = "topk", size = "1KiB" }},
]
rate_per_s = 300
bystander_per_s = 200
rounds = {rounds}
loaded_ms = 300
alone_ms = 200
in_flight = 16
"""
INPUT = b"".join(b"order %d of mary.jones@example.com from 10.1.2.%d\n" % (n, n % 250) for n in range(4_000))


def write_plan(path: Path, *parts: str) -> Path:
    path.write_text(PLAN + "".join(parts))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run with both, on a file of the test's own."""
    here = tmp_path_factory.mktemp("loads")
    (here / "own.log").write_bytes(INPUT)
    plan = write_plan(here / "plan.toml", SWEEP.format(passes=2), JOURNEYS.format(rounds=2))
    arguments = ["--plan", str(plan), "--input", str(here / "own.log"), "--seed", "7", "--out", str(here / "run")]
    ended = gateway("bench", *arguments)
    assert ended.returncode in (0, 3), ended.stdout + ended.stderr
    return folder.read(here / "run")


def rows(run: Run, name: str) -> list[dict[str, Any]]:
    return run.tables[name].to_pylist()


def test_a_sweep_visits_every_rate_of_every_route_in_every_pass_after_the_capacity(run: Run) -> None:
    found = rows(run, "sweep")
    assert {row["route"] for row in found} == set(ROUTES)
    for route in ROUTES:
        mine = [row for row in found if row["route"] == route]
        assert [row["pass"] for row in mine].count(CLOSED) == 1
        for number in (0, 1):
            rates = [row["rate_per_s"] for row in mine if row["pass"] == number]
            assert len(rates) == len(set(rates)) == len(LADDER)
    orders = [[row["route"] for row in found if row["pass"] == number] for number in (0, 1)]
    assert orders[0] != orders[1]


def test_a_sweep_says_what_each_route_carries(run: Run) -> None:
    found = knee.sweeps(run)
    assert [one.route for one in found] == list(ROUTES)
    for one in found:
        assert one.capacity_per_s > 0
        assert (one.bound_ns, one.kernel, one.size_bytes) == (50e6, "redact", 4096)
        assert len(one.points) == len(LADDER)
        assert all(point.failures == 0 and point.calls > 0 and point.passes == 2 for point in one.points)
        lightest = one.points[0]
        assert lightest.achieved_per_s == pytest.approx(lightest.rate_per_s, rel=0.2)


def test_a_sweep_notes_a_route_that_the_run_has_no_case_of(run: Run) -> None:
    noted = run.manifest.not_reached
    assert "no sweep of redact 4 KiB by grpc-tcp/protobuf: the run has no such case" in noted


def test_journeys_visit_every_route_alone_and_loaded_in_every_round(run: Run) -> None:
    found = rows(run, "journeys")
    expected = [
        (route, number, phase, traffic)
        for route in ROUTES
        for number in (0, 1)
        for phase, traffic in ((ALONE, BYSTANDER), (LOADED, BYSTANDER), (LOADED, JOURNEY))
    ]
    assert sorted((row["route"], row["round"], row["phase"], row["traffic"]) for row in found) == sorted(expected)


def test_every_route_of_a_round_gets_the_same_arrivals(run: Run) -> None:
    found = rows(run, "journeys")
    for number in (0, 1):
        due = {row["due"] for row in found if row["round"] == number and row["traffic"] == JOURNEY}
        assert len(due) == 1
    assert len({row["due"] for row in found if row["traffic"] == JOURNEY}) == 2


def test_journeys_tell_latency_failures_cpu_and_the_bystander_of_each_route(run: Run) -> None:
    found = journeys.conclude(run)
    assert [one.route for one in found] == list(ROUTES)
    for one in found:
        assert (one.failures, one.rate_per_s) == (0, 300)
        assert one.requests == pytest.approx(2 * 0.3 * 300, rel=0.4)
        assert 0 < one.p50_ns <= one.p90_ns
        assert one.deviation_ns > 0
        assert one.p999_ns is None  # some 180 requests do not carry it
        assert one.service_cpu_ns > 0
        assert 0 <= one.gc_cpu_share <= 1
        assert one.bystander is not None
        assert one.bystander.requests > 0 and one.bystander.failures == 0
        assert one.bystander.alone_p50_ns > 0
    by_route = {one.route: one for one in found}
    assert by_route["uds/msgpack"].worker_cpu_ns > 10 * max(1.0, by_route["native"].worker_cpu_ns)


def test_kernels_that_http_does_not_carry_are_left_out_and_noted(run: Run) -> None:
    assert "no journeys with topk: the service does not offer it" in run.manifest.not_reached


def test_the_cpus_of_journeys_are_declared(run: Run) -> None:
    sets = run.manifest.cpu_sets["journey"]
    assert set(sets["driver"]) | set(sets["worker"]) == set(run.manifest.machine["cpus_usable"])


def test_no_byte_of_the_input_is_in_the_tables(run: Run) -> None:
    for name in ("sweep.parquet", "journeys.parquet"):
        assert b"mary.jones" not in (run.folder / name).read_bytes()


@pytest.mark.parametrize(
    ("step", "table", "parts"),
    [
        ("sweep the load", "sweep", (SWEEP.format(passes=100),)),
        ("journeys through the service", "journeys", (JOURNEYS.format(rounds=1000),)),
    ],
)
def test_ctrl_c_keeps_what_a_sweep_or_journeys_measured(
    tmp_path: Path, step: str, table: str, parts: tuple[str, ...]
) -> None:
    plan, out, log = write_plan(tmp_path / "plan.toml", *parts), tmp_path / "run", tmp_path / "log"
    command = [sys.executable, "-m", "gateway", "--bin", str(built()), "bench", "--plan", str(plan), "--out", str(out)]
    with (
        log.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True) as process,
    ):
        wait_until(lambda: " s left" in log.read_text().partition(step)[2], 60)
        time.sleep(1.5)
        children = children_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        stdout, _ = process.communicate(timeout=30)
    assert process.returncode == 130, log.read_text()
    assert not any(runs(pid) for pid in children)
    assert "partial: " in stdout
    assert json.loads((out / "run.json").read_text())["ended"] == "interrupted"
    assert folder.read(out).tables[table].num_rows > 0


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ('[[sweep]]\nkernel = "redcat"\nsize = "4KiB"\nroutes = ["native"]', "redcat"),
        ('[[sweep]]\nkernel = "redact"\nroutes = ["native"]', "size"),
        ('[[sweep]]\nkernel = "redact"\nsize = "4KiB"\nroutes = ["udp"]', "udp"),
        ('[[sweep]]\nkernel = "redact"\nsize = "4KiB"\nroutes = ["uds"]\npasses = 0', "passes"),
        ('[[sweep]]\nkernel = "redact"\nsize = "4KiB"\nroutes = ["uds"]\nbound = 3', "bound"),
        ('[sweep]\nkernel = "redact"', "sweep"),
        ('[journey]\nroutes = ["native"]', "mix"),
        ('[journey]\nroutes = ["native"]\nmix = [{ kernel = "redact" }]', "size"),
        ('[journey]\nroutes = ["native"]\nmix = [{ kernel = "redact", size = "1KiB", weight = 0 }]', "weight"),
        ('[journey]\nroutes = []\nmix = [{ kernel = "redact", size = "1KiB" }]', "routes"),
        ('[journey]\nroutes = ["native"]\nmix = [{ kernel = "redact", size = "1KiB" }]\nrate = 3', "rate"),
        ("journey = 3", "journey"),
    ],
)
def test_a_sweep_or_a_journey_that_means_nothing_is_refused_by_its_key(part: str, named: str) -> None:
    text = f"{part}\n{PLAN}" if "=" in part.splitlines()[0] else f"{PLAN}\n{part}\n"
    with pytest.raises(Refusal, match=named):
        plan_file.parse(tomllib.loads(text), "plan.toml", Wishes(), 1)
