"""The private folder of a session's sockets."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.supervise import sockets

OWNER = """
import os, sys
from gateway.supervise import sockets
with sockets.private_folder(os.environ) as folder:
    (folder / "worker.sock").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def runtime() -> Iterator[dict[str, str]]:
    """A runtime folder with a path as short as real ones have."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        yield {"XDG_RUNTIME_DIR": folder}


def test_the_folder_is_private_and_goes_away(runtime: dict[str, str]):
    base = Path(runtime["XDG_RUNTIME_DIR"])
    with sockets.private_folder(runtime) as folder:
        assert list(base.iterdir()) == [folder]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "worker.sock").touch()
    assert list(base.iterdir()) == []


def test_without_a_runtime_folder_of_ours_the_temporary_one_is_taken():
    assert sockets.base_folder({"XDG_RUNTIME_DIR": "/nonexistent"}) == Path(tempfile.gettempdir())
    assert sockets.base_folder({}) == Path(tempfile.gettempdir())


def test_a_path_that_no_socket_can_have_is_refused_by_name(runtime: dict[str, str]):
    deep = Path(runtime["XDG_RUNTIME_DIR"]) / ("d" * 80)
    deep.mkdir()
    with (
        pytest.raises(Refusal, match=f"{'d' * 80}.*is over 100 bytes.*XDG_RUNTIME_DIR"),
        sockets.private_folder({"XDG_RUNTIME_DIR": str(deep)}),
    ):
        pass
    assert list(deep.iterdir()) == []


def test_the_folder_of_a_killed_owner_is_swept_and_those_of_others_are_kept(runtime: dict[str, str]):
    base = Path(runtime["XDG_RUNTIME_DIR"])
    (base / "sgx").mkdir()
    (base / "sg-file").touch()
    (base / "sg-link").symlink_to(base / "sgx")
    kept = {"sgx", "sg-file", "sg-link"}
    with subprocess.Popen(
        [sys.executable, "-c", OWNER],
        env={**os.environ, **runtime},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout
        folder = Path(owner.stdout.readline().strip())
        sockets.sweep(base)
        assert {path.name for path in base.iterdir()} == {folder.name, *kept}
        owner.kill()
    sockets.sweep(base)
    assert {path.name for path in base.iterdir()} == kept
