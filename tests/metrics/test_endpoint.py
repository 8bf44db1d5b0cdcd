"""The endpoint of worker and proxy: only with its flag, only at its path, and no peer holds it up."""

import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from gateway.client import connect
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from tests.metrics.exposed import scrape
from tests.plain_worker import PlainProcess, plain_proxy, plain_worker, private_folder
from tests.running import built, gateway, wait_until

ANYWHERE = ("--metrics", "127.0.0.1:0")
PEERS = 8
"""More than are served at once."""


@pytest.fixture(scope="module", params=["worker", "proxy"])
def process(request: pytest.FixtureRequest) -> Iterator[PlainProcess]:
    """Each of the two with metrics."""
    with plain_worker("--uds", *ANYWHERE) as worker:
        if request.param == "worker":
            yield worker
        else:
            with plain_proxy("--upstream", worker.endpoints["uds"], *ANYWHERE) as proxy:
                yield proxy


def test_without_the_flag_there_is_no_endpoint():
    with plain_worker("--uds") as worker, plain_proxy("--upstream", worker.endpoints["uds"]) as proxy:
        assert "metrics" not in worker.endpoints
        assert "metrics" not in proxy.endpoints


def test_another_path_is_not_found(process: PlainProcess):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{process.endpoints['metrics']}/", timeout=5)
    assert refused.value.code == 404
    assert b"/metrics" in refused.value.read()


def test_another_method_is_not_allowed(process: PlainProcess):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{process.endpoints['metrics']}/metrics", data=b"x", timeout=5)
    assert refused.value.code == 405


@pytest.mark.parametrize("said", [b"GET /metrics HT", b"\x00\xff" * 100])
def test_a_peer_that_says_nothing_whole_holds_nobody_up_and_is_cut(process: PlainProcess, said: bytes):
    host, port = process.endpoints["metrics"].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as silent:
        silent.sendall(said)
        assert scrape(process.endpoints["metrics"]).samples
        while silent.recv(4096):
            pass
    assert scrape(process.endpoints["metrics"]).samples


def test_silent_peers_on_every_place_are_cut_and_the_next_one_is_served(process: PlainProcess):
    host, port = process.endpoints["metrics"].split(":")
    with ExitStack() as stack:
        for _ in range(PEERS):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
        assert scrape(process.endpoints["metrics"], timeout_s=20).samples


@pytest.mark.parametrize("command", ["worker", "proxy"])
def test_a_taken_port_is_refused_in_one_line(command: str):
    with socket.create_server(("127.0.0.1", 0)) as taken, private_folder() as folder:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        if command == "worker":
            program = [str(built() / "sidecar-worker"), "--socket-dir", str(folder), "--metrics", address]
            ended = subprocess.run(program, capture_output=True, text=True, timeout=20, check=False)
        else:
            ended = gateway("proxy", "--socket-dir", str(folder), "--upstream", "nobody.sock", "--metrics", address)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert f"--metrics {address}" in ended.stderr


@pytest.mark.parametrize("text", ["9465", "here:", "127.0.0.1:66000", "127.0.0.1:x"])
def test_what_is_no_address_is_refused(text: str):
    with private_folder() as folder:
        ended = gateway("proxy", "--socket-dir", str(folder), "--upstream", "nobody.sock", "--metrics", text)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "HOST:PORT" in ended.stderr


def test_a_draining_worker_still_shows_its_metrics():
    with plain_worker("--uds", "--faults", *ANYWHERE) as worker, connect(f"uds:{worker.endpoints['uds']}") as client:
        with ThreadPoolExecutor(1) as calling:
            held = calling.submit(client.call, "sleep", SleepRequest(duration_ns=10**9))
            metrics = worker.endpoints["metrics"]
            wait_until(lambda: scrape(metrics).value("sidecar_worker_compute_threads_busy") == 1)
            worker.process.terminate()
            wait_until(lambda: scrape(metrics).value("sidecar_draining") == 1)
            held.result()
        assert worker.process.wait(timeout=10) == 0
