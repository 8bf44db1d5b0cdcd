"""What every container of docker-compose.yml has, and what the variables do."""

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.config import ROOT
from tests.deploy.composition import services

pytestmark = pytest.mark.usefixtures("compose")

NAMES = ("worker", "gateway", "service", "jaeger", "bench", "prometheus", "grafana")
SERVED = tuple(name for name in NAMES if name != "bench")
DRAIN_S = 5.0
CUT_AND_SPANS_S = 2.5
"""What a worker may take after its drain: calls that are cut, and the last spans (worker.rs, spans.rs)."""


def seconds(text: str) -> float:
    """Of `10s`, `1m30s`."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))


@pytest.mark.parametrize("name", NAMES)
def test_every_container_is_without_rights_that_it_does_not_need(name: str):
    one = services()[name]
    assert one["user"] == "65532:65532"
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["init"] is True
    assert not one.get("privileged")


@pytest.mark.parametrize("name", NAMES)
def test_every_container_has_limits(name: str):
    one = services()[name]
    assert int(one["mem_limit"]) > 0
    assert int(one["pids_limit"]) > 0
    assert name == "bench" or float(one["cpus"]) > 0  # what measures is not to be held back


@pytest.mark.parametrize("name", SERVED)
def test_every_container_that_serves_has_a_health_check_without_a_shell(name: str):
    check = services()[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert "start_interval" not in check  # engines before 25 refuse it
    assert seconds(check["interval"]) <= 1
    assert seconds(check["timeout"]) <= 2


@pytest.mark.parametrize("name", SERVED)
def test_ports_are_published_on_loopback_only(name: str):
    published = services()[name].get("ports", [])
    assert published
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


@pytest.mark.parametrize("name", ["worker", "gateway", "service"])
def test_a_drain_and_the_last_spans_fit_into_the_grace_period(name: str):
    one = services()[name]
    command: list[str] = one["command"]
    assert seconds(command[command.index("--drain-timeout") + 1]) == DRAIN_S
    assert seconds(one["stop_grace_period"]) > DRAIN_S + CUT_AND_SPANS_S


def test_each_waits_for_the_health_of_what_it_needs():
    needed = {name: set(one.get("depends_on", {})) for name, one in services().items()}
    assert needed["gateway"] == {"worker"}
    assert needed["service"] == {"worker", "gateway", "jaeger"}
    assert needed["bench"] == {"worker", "gateway"}
    conditions = {
        (name, before): how["condition"]
        for name, one in services().items()
        for before, how in one.get("depends_on", {}).items()
    }
    not_healthy = {pair for pair, condition in conditions.items() if condition != "service_healthy"}
    assert not_healthy == {("worker", "jaeger")}  # there for the order at the end


@pytest.mark.parametrize("name", ["worker", "gateway", "service", "bench"])
def test_sockets_lie_in_a_volume_whose_owner_and_mode_are_kept(name: str):
    volumes: list[dict[str, Any]] = services()[name]["volumes"]
    sockets = [one for one in volumes if one["source"] == "sockets"]
    assert [(one["target"], one["volume"]) for one in sockets] == [("/run/sidecar", {"nocopy": True})]


@pytest.mark.parametrize("name", NAMES)
def test_images_have_a_version(name: str):
    _, _, version = services()[name]["image"].rpartition(":")
    assert version
    assert version != "latest"


def test_the_page_names_every_variable():
    file = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "compose.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\$\{([A-Z_]+)", file))
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_files_that_are_mounted_are_there(name: str):
    mounted = [Path(one["source"]) for one in services()[name]["volumes"] if one["type"] == "bind"]
    assert mounted
    assert [path for path in mounted if not path.exists()] == []
