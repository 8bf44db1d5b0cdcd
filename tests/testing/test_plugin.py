"""The pytest plugin, as a project outside of this checkout has it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.testing import containers
from tests.running import built, runs
from tests.testing.documented import code
from tests.testing.projects import run_tests

USES = "def test_it(gateway_stack): assert gateway_stack.addresses\n"
PIDS = """
import json, pathlib
def test_it(gateway_stack):
    told = {one.role: one.pid for one in gateway_stack.roles.supervisor.running()}
    folder = pathlib.Path(gateway_stack.addresses["uds"]).parent
    pathlib.Path("told.json").write_text(json.dumps([told, str(folder), folder.is_dir()]))
"""
FAILS = """
def test_it(gateway_stack):
    gateway_stack.kill("worker")
    with gateway_stack.client(retries=50, timeout_s=10) as client:
        client.echo(b"secret of mine")
    assert False, "on purpose"
"""
REFUSED = """
import pytest
from gateway.errors import Refusal
@pytest.mark.parametrize(("route", "told"), [
    ("native", "unknown route to a process 'native'"),
    ("cgo/raw", "unknown route to a process"),
    ("uds/msgpak", "did you mean uds/msgpack"),
    ("grpc-tcp/raw", "unknown route to a process"),
])
def test_it(gateway_stack, route, told):
    with pytest.raises(Refusal, match=told):
        gateway_stack.client(route)
def test_roles(gateway_stack):
    with pytest.raises(Refusal, match="unknown role 'proxy': .*known: worker, gateway, service"):
        gateway_stack.kill("proxy")
"""


def test_the_documented_test_file_passes(tmp_path: Path):
    tested = run_tests(tmp_path, code("python"))
    assert (tested.code, dict(tested.outcomes)) == (0, {"passed": 7}), tested.printed


def test_what_was_started_is_gone_after_the_session(tmp_path: Path):
    tested = run_tests(tmp_path, PIDS)
    assert tested.code == 0, tested.printed
    told, folder, existed = json.loads((tmp_path / "told.json").read_text())
    assert set(told) == {"worker", "gateway", "service"}
    assert existed
    assert not any(runs(pid) for pid in told.values())
    assert not Path(folder).exists()


def test_a_failed_test_shows_the_logs_and_no_payload(tmp_path: Path):
    tested = run_tests(tmp_path, FAILS)
    assert tested.outcomes == {"failed": 1}
    for role in ("worker", "gateway", "service"):
        assert f"end of the log of the {role}" in tested.printed
    logged = tested.printed.partition("end of the log of the worker")[2]
    assert "secret of mine" not in logged


def test_routes_that_a_client_cannot_take_are_refused_by_name(tmp_path: Path):
    tested = run_tests(tmp_path, REFUSED)
    assert (tested.code, dict(tested.outcomes)) == (0, {"passed": 5}), tested.printed


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        ((), {"GATEWAY_BIN": "/nowhere"}, "/nowhere/sidecar-worker does not exist: "),
        ((), {"GATEWAY_WORKER": "/bin/true"}, "worker ended with exit code 0 before it was ready"),
        ((), {"GATEWAY_UP_HTTPS": "1"}, "unknown environment variable 'GATEWAY_UP_HTTPS': did you mean"),
        (("--gateway-target", "compose"), {"PATH": "/nowhere"}, "there is no program docker: install "),
        (("--gateway-target", "compose", "--gateway-compose-file", "mine.yml"), {}, "mine.yml does not exist: "),
    ],
)
def test_what_cannot_start_is_one_line_without_a_traceback(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], told: str
):
    tested = run_tests(tmp_path, USES, *options, **environment)
    assert tested.outcomes == {"error": 1}, tested.printed
    assert told in tested.printed
    assert "Traceback" not in tested.printed
    assert "another exception" not in tested.printed


def test_an_unknown_target_is_refused_by_pytest(tmp_path: Path):
    tested = run_tests(tmp_path, USES, "--gateway-target", "cloud")
    assert tested.code == pytest.ExitCode.USAGE_ERROR
    assert "invalid choice: 'cloud'" in tested.printed


def test_a_mistake_in_the_projects_gateway_toml_is_named(tmp_path: Path):
    (tmp_path / "gateway.toml").write_text("wroker = 'w'\n")
    tested = run_tests(tmp_path, USES)
    assert tested.outcomes == {"error": 1}
    assert "unknown key in" in tested.printed
    assert "did you mean worker?" in tested.printed


def test_the_projects_gateway_toml_names_its_own_worker(tmp_path: Path):
    own = tmp_path / "own-worker"
    own.write_text(f'#!/bin/sh\ntouch {tmp_path}/was-started\nexec {built()}/sidecar-worker "$@"\n')
    own.chmod(0o700)
    (tmp_path / "gateway.toml").write_text("worker = 'own-worker'\n")
    tested = run_tests(tmp_path, USES)
    assert tested.code == 0, tested.printed
    assert (tmp_path / "was-started").exists()


def test_a_pytest_that_does_not_use_it_pays_little():
    heavy = ("click", "google.protobuf", "grpc", "gateway.supervise", "gateway.target.compose")
    program = f"import sys, gateway.testing.plugin; print([one for one in {heavy} if one in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_ports_of_a_project_are_free_and_its_own():
    ports = containers.free_ports()
    assert len(set(ports.values())) == len(ports) == len(containers.PUBLISHED)
