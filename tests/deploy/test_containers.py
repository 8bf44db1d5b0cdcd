"""Our images by themselves, in a real engine: what they refuse, and how they fit themselves to their limits."""

import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.config import ROOT
from gateway.target import engine as engines
from tests.deploy.conftest import tag

FOLDER = "/run/sidecar"
SERVE = ("--socket-dir", FOLDER)
PROXY = ("proxy", *SERVE, "--upstream", f"{FOLDER}/worker.sock")
LIMITED = ("--cpus", "0.5", "--memory", "64m")
READY_S = 20.0


def image(name: str) -> str:
    return f"sidecar-ipc/{name}:{tag()}"


@contextmanager
def volume(options: str) -> Iterator[str]:
    """A volume in memory with such mount options."""
    name = f"deploy-test-{secrets.token_hex(4)}"
    made = [part for option in ("type=tmpfs", "device=tmpfs", f"o={options}") for part in ("--opt", option)]
    engines.asked("volume", "create", "--driver", "local", *made, name)
    try:
        yield name
    finally:
        engines.asked("volume", "rm", "--force", name)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("options", "wanted"),
    [("uid=65532,gid=65532,mode=0755", "mode 0755"), ("uid=0,gid=0,mode=0700", ""), ("mode=1777", "")],
    ids=["open to others", "root's", "everyone's"],
)
@pytest.mark.parametrize(("name", "arguments"), [("worker", SERVE), ("gateway", PROXY)])
def test_a_volume_with_wrong_rights_is_one_line_and_code_2(
    name: str, arguments: tuple[str, ...], options: str, wanted: str
):
    with volume(options) as sockets:
        mounted = ("--volume", f"{sockets}:{FOLDER}:nocopy")
        ended = engines.docker("run", "--rm", "--user", "65532:65532", *mounted, image(name), *arguments)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1
    assert FOLDER in lines[0]
    assert "0700" in lines[0]
    if name == "worker":
        assert wanted in lines[0]


@contextmanager
def metrics(name: str, port: int, *options: str, arguments: tuple[str, ...] = ()) -> Iterator[dict[str, float]]:
    """What a container with such options shows for Prometheus at a port."""
    container = engines.asked(
        "run", "--detach", "--rm", "--publish", f"127.0.0.1::{port}", *options, image(name), *arguments
    )
    try:
        address = engines.asked("port", container, str(port)).splitlines()[0]
        yield samples(f"http://{address}/metrics")
    finally:
        engines.asked("rm", "--force", container)


def samples(url: str) -> dict[str, float]:
    deadline_s = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - its own container
                lines = answer.read().decode().splitlines()
            return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}
        except OSError:
            assert time.monotonic() < deadline_s, f"no answer at {url}"
            time.sleep(0.1)


@pytest.mark.usefixtures("engine")
def test_a_worker_with_half_a_cpu_computes_on_one_thread():
    with volume("uid=65532,gid=65532,mode=0700") as sockets:
        mounted = ("--volume", f"{sockets}:{FOLDER}:nocopy")
        arguments = (*SERVE, "--metrics", "0.0.0.0:9464")
        with metrics("worker", 9464, *LIMITED, *mounted, arguments=arguments) as shown:
            assert shown["sidecar_worker_compute_threads"] == 1


@pytest.mark.usefixtures("engine")
def test_a_service_keeps_go_to_the_limits_of_its_container():
    with metrics("service", 8080, *LIMITED, "--env", "SIDECAR_HTTP=0.0.0.0:8080") as shown:
        assert shown["go_gc_gomemlimit_bytes"] == pytest.approx(0.8 * (64 << 20), rel=0.01)
        assert shown["go_sched_gomaxprocs_threads"] <= min(2, os.cpu_count() or 1)  # Go rounds up, to 2 at least


@pytest.mark.parametrize(
    ("host", "wanted"),
    [("unix:///nonexistent.sock", "no container engine answers: start it, or set DOCKER_HOST")],
)
def test_building_images_without_an_engine_is_one_line(host: str, wanted: str):
    ended = subprocess.run(
        [ROOT / "deploy" / "docker" / "build", "worker"],
        env={**os.environ, "DOCKER_HOST": host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines() in (
        [wanted],
        ["no docker client with BuildKit: install docker and its plugin buildx"],
    )
