"""`gateway up`: everything in the foreground, nothing left behind by any end."""

import os
import signal
import stat
import sys
import urllib.request
from pathlib import Path

import pytest

from gateway.client import connect
from tests.running import gateway, runs, up, wait_until

UNRULY = Path(__file__).parents[1] / "supervise" / "unruly.py"


def redact(address: str) -> bytes:
    """One call through the service, by whatever route it is configured for."""
    request = urllib.request.Request(f"http://{address}/v1/kernels/redact", data=b"from 10.1.2.3 now", method="POST")
    with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310 - the address is our own
        return reply.read()


def test_the_addresses_are_told_and_the_service_answers():
    with up() as running:
        assert set(running.told) == {"worker", "gateway", "service"}
        assert set(running.told["worker"]["endpoints"]) == {"uds", "grpc-uds", "grpc-tcp", "grpc-stream"}
        assert set(running.told["gateway"]["endpoints"]) == {"gateway", "gateway-unary", "gateway-tcp"}
        assert redact(running.told["service"]["endpoints"]["http"]) == b"from ******** now"


@pytest.mark.parametrize("channel", ["gateway", "gateway-unary", "gateway-tcp"])
def test_the_proxy_answers_at_each_of_its_addresses(channel: str):
    with up() as running:
        address = running.told["gateway"]["endpoints"][channel]
        with connect(f"{channel.replace('-tcp', '-unary')}:{address}", timeout_s=5) as client:
            assert client.redact(b"from 10.1.2.3 now").text == b"from ******** now"


def test_without_the_proxy_the_service_answers_as_well():
    with up("--no-proxy") as running:
        assert set(running.told) == {"worker", "service"}
        assert redact(running.told["service"]["endpoints"]["http"]) == b"from ******** now"


def test_the_service_follows_a_file_of_policies(tmp_path: Path):
    policies = tmp_path / "policies.toml"
    policies.write_text('[kernels.redact]\nroute = "uds/msgpack"\npercent = 100\n')
    with up("--policies", str(policies)) as running:
        admin = running.told["service"]["endpoints"]["admin"]
        with urllib.request.urlopen(f"http://{admin}/policies", timeout=5) as reply:
            told = reply.read().decode()
        assert "uds/msgpack" in told
        assert redact(running.told["service"]["endpoints"]["http"]) == b"from ******** now"


@pytest.mark.parametrize("role", ["worker", "gateway"])
def test_callers_of_the_proxy_go_on_after_either_process_was_killed(role: str):
    with up() as running:
        address = running.told["gateway"]["endpoints"]["gateway"]
        with connect(f"gateway:{address}", timeout_s=5, retries=50) as client:
            client.redact(b"warm")
            os.kill(running.told[role]["pid"], signal.SIGKILL)
            assert client.redact(b"from 10.1.2.3 now").text == b"from ******** now"
        port = running.told["gateway"]["endpoints"]["gateway-tcp"]
        with connect(f"gateway-unary:{port}", timeout_s=5, retries=50) as client:
            assert client.redact(b"from 10.1.2.3 now").text == b"from ******** now"


def test_the_sockets_lie_in_a_private_folder():
    with up() as running:
        (folder,) = running.runtime.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert running.told["worker"]["endpoints"]["uds"] == f"{folder}/worker.sock"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_everything_and_leaves_nothing_behind(number: signal.Signals, code: int):
    with up() as running:
        assert running.end(number) == code
        assert not any(runs(pid) for pid in running.pids)
        assert list(running.runtime.iterdir()) == []


def test_after_kill_9_the_children_end_by_the_lifeline_and_the_next_start_sweeps_the_folder():
    with up() as running:
        running.process.kill()
        wait_until(lambda: not any(runs(pid) for pid in running.pids))
        (left,) = running.runtime.iterdir()
        ended = gateway("call", "echo", "--route", "uds/raw", XDG_RUNTIME_DIR=str(running.runtime))
        assert ended.returncode == 0, ended.stderr
        assert not left.exists()
        assert list(running.runtime.iterdir()) == []


def test_a_killed_worker_is_back_within_a_second_at_the_same_addresses():
    with up() as running:
        address = running.told["service"]["endpoints"]["http"]
        os.kill(running.told["worker"]["pid"], signal.SIGKILL)

        def answers() -> bool:
            try:
                return redact(address) == b"from ******** now"
            except OSError:
                return False

        wait_until(answers, 1.0)


def test_a_worker_that_dies_again_and_again_ends_it_with_the_reason_and_the_log(tmp_path: Path):
    program = tmp_path / "worker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {UNRULY} "$@" die\n')
    program.chmod(0o755)
    ended = gateway("--worker", str(program), "up", "--http", "127.0.0.1:0")
    assert ended.returncode == 1
    assert "worker: out of cheese" in ended.stderr
    assert "gateway: worker ended with exit code 7; given up after 5 deaths" in ended.stderr.splitlines()[-1]


def test_an_address_in_use_is_told_with_the_service_s_own_words():
    with up() as running:
        ended = gateway("up", "--http", running.told["service"]["endpoints"]["http"])
        assert ended.returncode == 1
        assert "address already in use" in ended.stderr
        assert ended.stderr.splitlines()[-1].startswith("gateway: service ended with exit code")
