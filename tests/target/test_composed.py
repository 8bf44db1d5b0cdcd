"""A real stack of containers as a target: reached, measured beside the host's processes, left as it was found.

Without an engine or without our images these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gateway.bench import folder
from gateway.config import ROOT
from gateway.errors import Failure, GatewayError, Refusal
from gateway.target import COMPOSE, Target, engine
from gateway.target.compose import FILE, Composed
from gateway.target.containers import Containers
from gateway.target.stack import MEASURED, SERVICES, Reached, addresses, await_sockets
from tests.running import gateway

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

ENGINE_SOCKET = Path("/var/run/docker.sock")
NOBODY = 65534
PORTS = {f"SIDECAR_{name}_PORT": "0" for name in ("HTTP", "WORKER", "GATEWAY", "JAEGER", "OTLP")}
ROUNDS = 3
PLAN = f"""
name = "small"
rounds = {ROUNDS}
block_ms = 2
warmup_ms = 1
min_calls = 1
stamps_every = 2
reservoir = 20
timeout_ms = 0
budget_s = 0
minimum_gain = 0.2
control = "uds/msgpack"
[[scenarios]]
kernel = "echo"
sizes = ["1KiB"]
routes = ["native", "uds/msgpack", "grpc-tcp", "gateway/msgpack"]
"""
ROUTES = {"uds/msgpack", "grpc-tcp/protobuf", "gateway/msgpack"}


def project_name(of: str) -> str:
    return f"gateway-target-{of}-{os.getpid()}"


@pytest.fixture(scope="module")
def images() -> None:
    """An engine that answers and has our images; the reason for skipping is one line."""
    try:
        missing = engine.missing_images(Composed(ROOT / FILE, also=(MEASURED,)).images(*SERVICES))
    except GatewayError as error:
        pytest.skip(str(error))
    if missing:
        pytest.skip(f"no image {', '.join(missing)}: run `make images`")


@pytest.fixture(scope="module")
def running(images: None) -> Iterator[Composed]:
    """A stack that runs before any command asks for it; without health checks and Jaeger, so that it is up soon."""
    with Composed(ROOT / FILE, project_name("up"), PORTS, also=(MEASURED,)) as composed:
        composed.up(*SERVICES)
        await_sockets(composed)
        yield composed


def reachable(composed: Composed) -> dict[str, str]:
    try:
        return addresses(composed)
    except Refusal as refusal:
        pytest.skip(str(refusal))


def asked(project: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command whose stack is that project."""
    return gateway(*arguments, COMPOSE_FILE=str(ROOT / FILE), COMPOSE_PROJECT_NAME=project)


def left_of(project: str) -> str:
    """Names of what the engine still has of the project."""
    label = f"label=com.docker.compose.project={project}"
    kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
    return " ".join(engine.asked(*kind, "--quiet", "--filter", label) for kind in kinds).strip()


def test_a_running_stack_tells_its_containers_addresses_and_processes(running: Composed) -> None:
    found = {one.service: one for one in running.running()}
    assert {*SERVICES} <= found.keys()
    assert re.fullmatch(r"127\.0\.0\.1:\d+", running.address("worker", 50051))
    assert re.fullmatch(r"[0-9a-f]{64}", running.container("worker"))
    for service, name in (("worker", "sidecar-worker"), ("gateway", "gateway")):
        pid = running.pid(service)
        if pid:  # 0 where the engine counts processes of another machine
            assert name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    with pytest.raises(Failure, match=r"port 1 of worker is not published|no port 1"):
        running.address("worker", 1)
    with pytest.raises(Failure, match="nobody of the project"):
        running.container("nobody")


def test_each_channel_leads_to_a_socket_of_the_volume_or_to_a_port_of_this_machine(running: Composed) -> None:
    found = reachable(running)
    assert running.socket_folder() is not None
    assert {name for name, address in found.items() if not address.startswith("/")} == {"grpc-tcp"}
    assert all(Path(address).is_socket() for name, address in found.items() if name != "grpc-tcp")


def test_a_call_into_a_running_stack_draws_its_stages_and_leaves_the_stack_running(running: Composed) -> None:
    reachable(running)
    before = {one.container for one in running.running()}
    ended = asked(running.project, "call", "echo", "--route", "uds/msgpack", "--target", "compose", "--json")
    assert ended.returncode == 0, ended.stderr
    assert f"the stack {running.project} runs: it is used, and left running" in ended.stderr
    told = json.loads(ended.stdout)
    assert (told["status"], told["route"]) == (0, "uds/msgpack")
    assert told["stages_ns"]["compute"] >= 0
    assert {one.container for one in running.running()} == before


def test_the_processes_of_containers_are_read_and_have_their_cpus_back_afterwards(running: Composed) -> None:
    reached = Reached(Target(COMPOSE, reachable(running)), running)
    pid = running.pid("worker")
    if not pid:
        pytest.skip("the engine's processes are not seen here")
    before = os.sched_getaffinity(pid)
    with Containers(reached) as containers:
        containers.pin({min(before)})
        assert os.sched_getaffinity(pid) == {min(before)}
        used = containers.use(with_pss=True)
        assert used.cpu_ns == pytest.approx(containers.cpu_ns(), rel=0.2)
        assert used.rss_bytes > 1 << 20
        assert {*containers.throttled_ns()} == {*SERVICES}
    assert os.sched_getaffinity(pid) == before


def test_a_stack_that_does_not_run_is_brought_up_measured_beside_the_host_and_taken_down(
    images: None, running: Composed, tmp_path: Path
) -> None:
    reachable(running)
    project, out = project_name("bench"), tmp_path / "run"
    (tmp_path / "plan.toml").write_text(PLAN)
    arguments = ["--plan", str(tmp_path / "plan.toml"), "--target", "compose", "--out", str(out)]
    ended = asked(project, "bench", *arguments)
    assert left_of(project) == ""
    assert ended.returncode == 3, ended.stdout + ended.stderr  # three rounds carry no interval
    assert f"the stack {project} does not run: it is brought up, and taken down at the end" in ended.stderr
    run = folder.read(out)
    cases, off = run.manifest.plan.cases, run.blocks.mode == "off"
    composed = np.array([bool(case.target) for case in cases])[run.blocks.case]
    assert {case.route for case in cases if case.target} == ROUTES
    assert set(run.manifest.agreement) == {"identical"}
    assert (composed & off).sum() == ROUNDS * len(ROUTES)
    assert run.blocks.calls[composed].min() > 0
    assert run.blocks.failures[composed].sum() == 0
    check_target(run.manifest.target, project)
    if run.manifest.target["seen"]:
        assert run.blocks.worker_cpu_ns[composed].min() > 0
        assert run.blocks.worker_rss_bytes[composed].min() > 1 << 20
    check_told(ended.stdout, out)


def test_from_inside_of_the_network_the_environment_names_the_containers_and_nothing_is_pinned(
    running: Composed, tmp_path: Path
) -> None:
    told = " ".join(f"{channel}={address}" for channel, address in reachable(running).items())
    (tmp_path / "plan.toml").write_text(PLAN)
    out = tmp_path / "run"
    arguments = ["--plan", str(tmp_path / "plan.toml"), "--rounds", "2", "--target", "compose", "--out", str(out)]
    ended = gateway("bench", *arguments, SIDECAR_ADDRESSES=told, PATH="/nonexistent")  # no engine is asked
    assert ended.returncode == 3, ended.stdout + ended.stderr
    run = folder.read(out)
    assert (run.manifest.placement, run.manifest.target["inside"], run.manifest.target["seen"]) == ("free", True, False)
    assert {case.route for case in run.manifest.plan.cases if case.target} == ROUTES
    assert run.blocks.failures.sum() == 0
    assert "containers not pinned, their CPU time not seen" in ended.stdout
    beside = json.loads((out / "summary.json").read_text())["beside"]
    assert {one["cpu_ratio"]["rounds"] for one in beside} == {0}


def check_target(target: dict[str, Any], project: str) -> None:
    assert (target["name"], target["project"], target["started"]) == ("compose", project, True)
    assert re.match(r"\d+\.", target["engine"])
    for one in target["containers"].values():
        assert one["image"].startswith("sha256:")
        assert one["cpus"] >= len(os.sched_getaffinity(0)), "the limit would hold the container back"
        assert one["memory_bytes"] > 1 << 20
        assert one["checked_every_s"] is None, "a health check would be measured too"
    assert {*target["throttled_ns"]} == ({*SERVICES} if target["seen"] else set())


def check_told(stdout: str, out: Path) -> None:
    """Ending, summary and report set host and container side by side."""
    assert re.search(r"^container +uds/msgpack .+ the time of a process of the host \(echo 1 KiB\)$", stdout, re.M)
    assert "brought up for this run" in stdout
    summary = json.loads((out / "summary.json").read_text())
    assert {one["route"] for one in summary["beside"]} == ROUTES
    assert {one["target"] for one in summary["containers"]} == {"compose"}
    assert not any("target" in one for one in summary["cases"])
    page = (out / "report.html").read_text()
    assert '<section id="containers">' in page
    assert "What does a container add?" in page


@pytest.mark.parametrize(
    ("arguments", "variables", "named"),
    [
        (["verify", "--route", "cgo"], {}, "leads into no container"),
        (
            ["verify", "--kernel", "echo"],
            {"COMPOSE_FILE": "/nowhere/compose.yml"},
            "/nowhere/compose.yml does not exist",
        ),
        (["verify", "--kernel", "echo"], {"PATH": "/nonexistent"}, "there is no program docker"),
        (["verify", "--kernel", "echo"], {"DOCKER_HOST": "unix:///nowhere/docker.sock"}, "no container engine answers"),
        (["bench", "--quick"], {"SIDECAR_ADDRESSES": "udp=/x"}, "unknown channel in SIDECAR_ADDRESSES"),
        (
            ["bench", "--quick", "--placement", "split"],
            {"SIDECAR_ADDRESSES": "uds=/x"},
            "containers cannot be pinned from one of them",
        ),
    ],
)
def test_what_cannot_be_reached_is_refused_in_one_line(
    arguments: list[str], variables: dict[str, str], named: str
) -> None:
    ended = gateway(*arguments, "--target", "compose", **variables)
    last = ended.stderr.strip().splitlines()[-1]
    assert (ended.returncode, named in last, "Traceback" in ended.stderr) == (2, True, False), ended.stderr


def test_a_taken_port_is_named_with_what_to_do(images: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        environment = {**PORTS, "SIDECAR_WORKER_PORT": port}
        with (
            pytest.raises(Refusal, match=f"port {port} is taken: end what listens there"),
            Composed(ROOT / FILE, project_name("port"), environment, also=(MEASURED,)) as composed,
        ):
            composed.up("worker")
    assert left_of(project_name("port")) == ""


def test_a_user_who_does_not_reach_the_sockets_is_told_the_command_that_does(running: Composed) -> None:
    if os.geteuid() != 0 or not ENGINE_SOCKET.is_socket():
        pytest.skip("only root can become another user of an engine of this machine")
    group = ENGINE_SOCKET.stat().st_gid
    if not group:
        pytest.skip("the engine is root's alone")
    told = as_nobody(group, lambda: str(addresses(Composed(ROOT / FILE, running.project))))
    inner = f"docker compose --project-name {running.project} --profile bench run --rm bench"
    assert told.startswith("this user cannot reach the sockets of the stack")
    assert f"run it inside of its network: {inner} " in told
    assert "\n" not in told


def as_nobody(group: int, ask: Callable[[], str]) -> str:
    """What another user of the engine, in that group, is answered or refused."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([group])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            said = ask()
        except GatewayError as error:
            said = str(error)
        except BaseException as error:  # noqa: BLE001 - this is another process, which must not run the other tests
            said = repr(error)
        os.write(write_end, said.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
