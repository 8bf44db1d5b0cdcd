"""The installed package without a checkout, without Go and Rust, without anything on the PATH."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gateway import __version__, exit_codes
from gateway.bench import folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.wheel.environment import Environment

PROJECT = """
worker = "worker"
driver = "driver"
[build]
worker = "cargo build --release"
[kernels.mine]
"""


def test_nothing_is_on_the_path_and_the_package_is_the_wheels(installed: Environment):
    assert all(shutil.which(tool, path=str(installed.path)) is None for tool in ("go", "cargo", "cc", "git"))
    said = installed.gateway("--version")
    assert said.stdout == f"gateway, version {__version__}\n"
    assert (installed.package / "_programs" / "sidecar-worker").is_file()


def test_every_route_passes_every_vector(installed: Environment):
    ended = installed.gateway("verify")
    assert ended.returncode == exit_codes.OK, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].endswith(" passed, 0 failed")
    assert "not run" not in ended.stdout


def test_a_bench_measures_by_the_plan_in_the_wheel_and_says_what_it_could_not_compare(
    installed: Environment, tmp_path: Path
):
    run = tmp_path / "run"
    ended = installed.gateway(
        "bench", "--quick", "--kernel", "digest", "--kernel", "echo", "--rounds", "10", "--out", str(run)
    )
    assert ended.returncode in {exit_codes.OK, exit_codes.CANNOT_TELL}, ended.stdout + ended.stderr
    assert "not compared: no Go sources or no Go tool here" in ended.stdout
    assert "no Go sources or no Go tool here" in (run / "report.html").read_text(encoding="utf-8")
    manifest = folder.read(run).manifest
    assert manifest.plan.name == "quick"
    assert {"commit", "dirty"} >= manifest.git.keys()
    assert "lto=thin" in manifest.versions["rust build"]


def test_doctor_finds_every_route(installed: Environment):
    ended = installed.gateway("doctor", "--json")
    findings = [one for one in json.loads(ended.stdout) if one["section"] in {"programs", "routes"}]
    assert len(findings) > 10
    assert all(one["ok"] for one in findings)


def test_a_package_named_gateway_in_the_users_folder_does_no_harm(installed: Environment, tmp_path: Path):
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "__init__.py").write_text("raise SystemExit('the wrong gateway')\n", encoding="utf-8")
    ended = installed.gateway("call", "echo", "--route", "gateway/msgpack", cwd=tmp_path)
    assert ended.returncode == exit_codes.OK, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build"], "no sources in "),
        (["estimate", "./log.Mask", "--input", "in"], "Go is missing: get it from https://go.dev/dl"),
        (["new", "mine", "--go", "./log.Mask", "--input", "in"], "Go is missing: get it from https://go.dev/dl"),
        (["--config", "project.toml", "build"], "cargo is missing: install it"),
        (["--config", "project.toml", "bench"], "cargo is missing: install it"),
        (["--config", "project.toml", "verify", "--record"], "go is missing: install it"),
    ],
)
def test_what_needs_a_tool_chain_says_so_in_a_line(
    installed: Environment, tmp_path: Path, arguments: list[str], said: str
):
    (tmp_path / "in").write_text("a line\n", encoding="utf-8")
    (tmp_path / "project.toml").write_text(PROJECT, encoding="utf-8")
    ended = installed.gateway(*arguments, cwd=tmp_path)
    assert ended.returncode == exit_codes.REFUSED, ended.stdout + ended.stderr
    told = [line for line in ended.stderr.splitlines() if line.startswith("gateway: ")]
    assert len(told) == 1
    assert told[0].startswith(f"gateway: {said}")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("module", ["numpy", "elftools"])
def test_without_the_extra_a_bench_says_which_to_install(installed: Environment, tmp_path: Path, module: str):
    # A module that is found first and is not there is what an installation without the extra is like.
    (tmp_path / f"{module}.py").write_text(
        f"raise ModuleNotFoundError('No module named {module}', name='{module}')\n", encoding="utf-8"
    )
    pth = installed.package.parent / "0.pth"
    pth.write_text(f"{tmp_path}\n", encoding="utf-8")
    try:
        ended = installed.gateway("bench", "--quick", "--out", str(tmp_path / "run"))
    finally:
        pth.unlink()
    assert ended.returncode == exit_codes.REFUSED
    assert ended.stderr.splitlines() == [
        f"gateway: {module} is missing: install the extra that has it: pip install 'sidecar-ipc-gateway[bench]'"
    ]
