"""What the engine's client complains of is said in one line with what to do."""

from __future__ import annotations

import subprocess

import pytest

from gateway.errors import Failure, GatewayError, Refusal
from gateway.target import engine, processes, running

PORT = (
    "Error response from daemon: driver failed programming external connectivity on endpoint x-worker-1 (4c0f): "
    "Bind for 127.0.0.1:50051 failed: port is already allocated"
)
IN_USE = (
    "Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint x-service-1 (1a): failed to bind host port 127.0.0.1:8080/tcp: address already in use"
)


def complaint(said: str) -> GatewayError:
    return engine.complaint(subprocess.CompletedProcess(["docker"], 1, "", said), "docker compose up")


@pytest.mark.parametrize(
    ("said", "what", "remedy"),
    [
        (
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "no container engine answers",
            "start it, or set DOCKER_HOST",
        ),
        (
            "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct",
            "no container engine answers",
            "start it, or set DOCKER_HOST",
        ),
        (
            "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
            "this user may not use the engine",
            "join the group docker",
        ),
        ("docker: 'compose' is not a docker command.\nSee 'docker --help'", "docker has no compose", "plugin"),
        (PORT, "port 50051 is taken", "SIDECAR_…_PORT"),
        (IN_USE, "port 8080 is taken", "SIDECAR_…_PORT"),
        ("Error: No such image: sidecar-ipc/worker:dev", "image sidecar-ipc/worker:dev is missing", "make images"),
        (
            "Error response from daemon: pull access denied for sidecar-ipc/bench, repository does not exist",
            "image sidecar-ipc/bench is missing",
            "make images",
        ),
    ],
)
def test_what_we_know_a_remedy_for_is_a_refusal(said: str, what: str, remedy: str) -> None:
    found = complaint(said)
    assert isinstance(found, Refusal)
    assert found.what == what
    assert remedy in found.remedy
    assert "\n" not in str(found)


def test_anything_else_is_a_failure_with_its_last_line_and_the_rest_above() -> None:
    found = complaint(" Container x Creating\n\nError response from daemon: something new\n")
    assert isinstance(found, Failure)
    assert found.what == "docker compose up: Error response from daemon: something new"
    assert found.detail == "Container x Creating"


def test_a_machine_without_the_client_is_told_to_install_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(Refusal, match="there is no program docker: install a container engine"):
        engine.version()


LISTED = '{"Service":"worker","ID":"4c0f","State":"running","Health":"healthy","Image":"sidecar-ipc/worker:dev"}'
OTHER = '{"Service":"jaeger","ID":"77aa","State":"exited","Health":"","Image":"jaegertracing/jaeger:2.13.0"}'


@pytest.mark.parametrize("printed", [f"{LISTED}\n{OTHER}\n", f"[{LISTED},{OTHER}]"])
def test_containers_are_read_as_older_and_newer_compose_list_them(printed: str) -> None:
    assert running.parse(printed) == [
        running.Running("worker", "4c0f", "running", "healthy", "sidecar-ipc/worker:dev"),
        running.Running("jaeger", "77aa", "exited", "", "jaegertracing/jaeger:2.13.0"),
    ]


def test_a_project_that_is_not_up_has_no_containers() -> None:
    assert running.parse("") == []


def test_a_process_that_is_not_of_the_container_is_never_taken_for_its_own() -> None:
    """An engine elsewhere counts processes by numbers that mean others here."""
    assert processes.of_container("f" * 64, 1) == 0
    assert processes.of_container("f" * 64, 0) == 0
