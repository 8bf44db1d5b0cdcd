"""`gateway health` beside a real proxy and a real worker: 0 or 1 with one line, within a second."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gateway.cli import run
from tests.plain_worker import plain_proxy, plain_worker, private_folder


def health(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    start_s = time.monotonic()
    code = run(["health", *arguments])
    assert time.monotonic() - start_s < 1
    said = capsys.readouterr().err
    assert said.count("\n") == (code != 0), said
    return code, said


def test_a_proxy_with_a_worker_serves_by_folder_and_by_address(capsys: pytest.CaptureFixture[str]):
    with (
        private_folder() as folder,
        plain_worker(folder=folder) as worker,
        plain_proxy("--upstream", worker.endpoints["uds"], folder=folder) as proxy,
    ):
        assert health(capsys, "--socket-dir", str(folder)) == (0, "")
        assert health(capsys, "--address", proxy.endpoints["gateway-tcp"]) == (0, "")


def test_a_proxy_whose_worker_is_gone_says_so(capsys: pytest.CaptureFixture[str]):
    with (
        private_folder() as folder,
        plain_worker(folder=folder) as worker,
        plain_proxy("--upstream", worker.endpoints["uds"], folder=folder),
    ):
        worker.end(signal.SIGKILL)
        code, said = health(capsys, "--socket-dir", str(folder))
        while code == 0:  # the proxy has yet to see the end
            code, said = health(capsys, "--socket-dir", str(folder))
    assert code == 1
    assert "does not serve" in said


def test_a_folder_without_a_proxy_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    code, said = health(capsys, "--socket-dir", str(tmp_path))
    assert code == 1
    assert str(tmp_path) in said


def answering(reply: bytes) -> socket.socket:
    """A listener whose first caller is sent `reply` by the kernel's backlog; with b"" nobody ever answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    if reply:
        threading.Thread(target=lambda: listener.accept()[0].sendall(reply), daemon=True).start()
    return listener


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (b"", "no answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no HTTP/2"),
        (bytes((0, 0, 4, 1, 5, 0, 0, 0, 1)) + b"\x88\x00\x00\x00", "does not serve"),
        (bytes((0, 0, 8, 7, 0, 0, 0, 0, 0)) + bytes(8), "does not serve"),
        (bytes((0, 0, 7, 0, 0, 0, 0, 0, 1)) + b"\x00\x00\x00\x00\x02\x08\x02", "does not serve"),
        (bytes((0, 0, 2, 0, 0, 0, 0, 0, 1)) + b"\x00\x00", "does not serve"),
    ],
    ids=["silent", "http/1.1", "trailers only", "goaway", "not serving", "cut message"],
)
def test_whatever_else_answers_is_no_health(capsys: pytest.CaptureFixture[str], reply: bytes, wanted: str):
    with answering(reply) as listener:
        code, said = health(capsys, "--address", f"127.0.0.1:{listener.getsockname()[1]}")
    assert code == 1
    assert wanted in said


@pytest.mark.parametrize("arguments", [(), ("--socket-dir", "a", "--address", "b:1"), ("--address", "nowhere")])
def test_bad_flags_are_refused(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]):
    assert health(capsys, *arguments)[0] == 2


def test_the_module_by_itself_answers_as_the_command_does():
    with private_folder() as folder, plain_worker(folder=folder) as worker:
        with plain_proxy("--upstream", worker.endpoints["uds"], folder=folder) as proxy:
            assert probed(proxy.endpoints["gateway"]) == (0, "")
        code, said = probed(str(folder / "gateway.sock"))
    assert code == 1
    assert said.startswith("gateway: no proxy at")
    assert said.count("\n") == 1


def probed(address: str) -> tuple[int, str]:
    command = [sys.executable, "-P", "-m", "gateway.proxy.probe", address]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stderr
