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
from tests.running import runs, wait_until


@pytest.fixture
def runtime() -> Iterator[dict[str, str]]:
    """A runtime folder with a path as short as real ones have."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        yield {"XDG_RUNTIME_DIR": folder}


def test_the_folder_is_private_and_goes_away(runtime: dict[str, str]):
    folder = sockets.create(runtime)
    assert folder.parent == Path(runtime["XDG_RUNTIME_DIR"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "worker.sock").touch()
    sockets.remove(folder)
    assert not folder.exists()


def test_without_a_runtime_folder_of_ours_the_temporary_one_is_taken():
    assert sockets.base_folder({"XDG_RUNTIME_DIR": "/nonexistent"}) == Path(tempfile.gettempdir())
    assert sockets.base_folder({}) == Path(tempfile.gettempdir())


def test_a_path_that_no_socket_can_have_is_refused_by_name(runtime: dict[str, str]):
    deep = Path(runtime["XDG_RUNTIME_DIR"]) / ("d" * 80)
    deep.mkdir()
    with pytest.raises(Refusal, match=f"{'d' * 80}.*is over 100 bytes.*XDG_RUNTIME_DIR"):
        sockets.create({"XDG_RUNTIME_DIR": str(deep)})
    assert list(deep.iterdir()) == []


def test_the_folder_of_a_killed_owner_is_swept_and_that_of_a_living_one_kept(runtime: dict[str, str]):
    base = Path(runtime["XDG_RUNTIME_DIR"])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        started = sockets.started(owner.pid)
        living, recycled = base / f"sg-{owner.pid}-{started}-aaaa", base / f"sg-{owner.pid}-{started - 1}-bbbb"
        foreign, odd = base / "sgx", base / "sg-a-b-c"
        for folder in (living, recycled, foreign, odd):
            folder.mkdir()
        sockets.sweep(base)
        assert {path.name for path in base.iterdir()} == {living.name, foreign.name, odd.name}
        owner.kill()
        wait_until(lambda: not runs(owner.pid))  # a zombie by now
        sockets.sweep(base)
    assert {path.name for path in base.iterdir()} == {foreign.name, odd.name}


def test_a_process_that_is_no_more_has_no_start():
    assert sockets.started(os.getpid()) > 0
    assert sockets.started(2**22 + 1) == 0
