"""A build without a network: what is set for it, and what cannot be reached in it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from release import twice
from release.source import ROOT


def namespaces() -> bool:
    """Whether this user may make a network namespace."""
    return subprocess.run(twice.cut_off("true"), capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not namespaces(), reason="no right to make network namespaces: run as root")
def test_a_build_that_is_cut_off_has_loopback_and_no_route():
    script = twice.cut_off("cat /proc/net/dev; echo; cat /proc/net/route")
    told = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    devices, routes = told.split("\n\n")
    assert re.findall(r"^ *(\w+):", devices, re.MULTILINE) == ["lo"]
    assert routes.splitlines()[1:] == []


def test_offline_points_every_tool_at_what_was_vendored():
    told = subprocess.run(
        ["make", "-pn", "OFFLINE=1", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    folder = ROOT / "build" / "vendor"
    values = dict(re.findall(r"^export (\w+) := (.*)$", told, re.MULTILINE)) or dict(
        re.findall(r"^(\w+) := (.*)$", told, re.MULTILINE)
    )
    assert values["CARGO_HOME"].replace("$(VENDOR)", str(folder)) == str(folder / "cargo")
    assert values["GOMODCACHE"].replace("$(VENDOR)", str(folder)) == str(folder / "go")
    assert values["PIP_FIND_LINKS"].replace("$(VENDOR)", str(folder)) == str(folder / "wheels")
    assert values["GOPROXY"] == "off"


def test_cargo_looks_into_the_vendored_home_and_asks_no_network(tmp_path: Path):
    """An empty home stands for the vendored one: what is not in it is not downloaded."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").touch()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "p"\nedition = "2021"\n[dependencies]\nlibc = "0.2"\n')
    told = subprocess.run(["make", "-pn", "OFFLINE=1"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert re.search(r"^export CARGO_NET_OFFLINE := true|^CARGO_NET_OFFLINE := true", told, re.MULTILINE)
    done = subprocess.run(
        ["cargo", "metadata", "--format-version=1"],
        cwd=tmp_path,
        env={**os.environ, "CARGO_HOME": str(tmp_path / "cargo"), "CARGO_NET_OFFLINE": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "offline" in done.stderr
