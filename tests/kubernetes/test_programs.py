"""What the manifests tell a program, the program knows: flags, routes, variables, images, as in compose."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gateway.machine import NAME_VARIABLE
from gateway.wire.routes import ROUTES
from tests.kubernetes.rendered import FOLDER, ROOT, TARGETS, container, containers, cpus, flags, mebibytes, variables
from tests.running import built, gateway

if TYPE_CHECKING:
    from tests.kubernetes.rendered import Resource

DEFAULT = re.compile(r"\$\{(\w+):?-([^}]*)\}")


def compose() -> dict[str, Any]:
    """docker-compose.yml with the defaults of its variables."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    return yaml.safe_load(DEFAULT.sub(lambda found: found[2], text))["services"]


def help_of(one: Resource) -> str:
    """What the container's program says of its flags."""
    programs = {"worker": "sidecar-worker", "service": "sidecar-service"}
    if one["name"] in programs:
        done = subprocess.run(
            [built() / programs[one["name"]], "--help"], capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout + done.stderr
    return gateway(one["args"][0], "--help").stdout


@pytest.mark.parametrize("target", TARGETS)
def test_every_flag_is_one_that_the_program_knows(target: str) -> None:
    for one in containers(target):
        told = help_of(one)
        for flag in flags(one):
            assert re.search(rf"(?<![\w-])-?{re.escape(flag.removeprefix('-'))}(?![\w-])", told), (one["name"], flag)


@pytest.mark.parametrize("name", ["process", "inproc", "gateway"])
def test_an_overlays_route_is_of_its_placement(name: str) -> None:
    route = variables(container(f"overlays/{name}", "service"))["SIDECAR_ROUTE"]
    assert ROUTES[route] == ("process" if name == "gateway" else name)
    assert route.startswith("gateway/") == (name == "gateway")


@pytest.mark.parametrize("target", TARGETS)
def test_images_are_those_of_compose(target: str) -> None:
    services = compose()
    for one in containers(target):
        name = "bench" if target == "bench" else one["name"]
        assert one["image"] == services[name]["image"]
        dockerfile = services[name]["build"]["dockerfile"]
        assert (ROOT / dockerfile).is_file(), dockerfile


@pytest.mark.parametrize("name", ["worker", "service", "gateway"])
def test_a_container_has_the_cpu_and_memory_that_it_has_in_compose(name: str) -> None:
    limits, there = container("overlays/gateway", name)["resources"]["limits"], compose()[name]
    assert cpus(limits["cpu"]) == float(there["cpus"])
    assert mebibytes(limits["memory"]) == mebibytes(there["mem_limit"])


@pytest.mark.parametrize("name", ["worker", "gateway"])
def test_a_sidecar_listens_where_it_does_in_compose(name: str) -> None:
    there = flags({"args": _joined(compose()[name]["command"])})
    here = flags(container("overlays/gateway", name))
    for flag in ("--grpc-tcp", "--tcp", "--metrics"):
        assert here.get(flag) == there.get(flag, here.get(flag)), flag


def test_the_service_takes_the_variables_that_it_takes_in_compose() -> None:
    here, there = variables(container("overlays/gateway", "service")), compose()["service"]["environment"]
    assert {name for name in here if name.startswith("SIDECAR_")} <= there.keys()
    assert variables(container("base", "service"))["SIDECAR_ROUTE"] == there["SIDECAR_ROUTE"]


def test_the_bench_gives_the_machine_its_name_by_the_variable_that_is_read() -> None:
    assert NAME_VARIABLE in {entry["name"] for entry in container("bench", "measure")["env"]}


def test_every_command_of_the_page_names_what_there_is() -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
    for folder in re.findall(r"deploy/kubernetes/[\w/-]+", page):
        assert (ROOT / folder).exists(), folder
    applied = {shlex.split(line)[3] for line in page.splitlines() if line.strip().startswith("kubectl apply -k")}
    assert applied == {"deploy/kubernetes/overlays/process", "deploy/kubernetes/bench"}


def test_the_policies_of_the_base_are_a_file_that_the_service_takes() -> None:
    done = subprocess.run(
        [built() / "sidecar-service", "--http=256.0.0.1:1", f"--policies={FOLDER / 'base' / 'policies.toml'}"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "--http 256.0.0.1:1" in done.stderr, "it came as far as listening"


def _joined(command: list[str]) -> list[str]:
    """`--flag value` as `--flag=value`."""
    joined: list[str] = []
    for word in command:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and not word.startswith("--"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
