"""The private folder that holds a session's sockets, and the removal of those whose owner was killed."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

PREFIX = "sg-"
MAX_PATH_BYTES = 100
"""A Unix socket's path ends at 107 bytes; children refuse from here on, so this does it first and by name."""
LONGEST_SOCKET = "worker-grpc.sock"


@contextmanager
def private_folder(environment: "Mapping[str, str]" = os.environ) -> "Generator[Path]":
    """A new folder of mode 0700 in the runtime or else the temporary folder, for as long as the block lasts.

    It is locked meanwhile, which ends with this process however that ends: so others see that it has an owner.
    """
    base = base_folder(environment)
    sweep(base)
    # Locked before it has its name, so that no sweep finds it without an owner.
    unnamed = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=base))
    folder = base / unnamed.name.removeprefix(".")
    with _locked(unnamed):
        try:
            _check_length(folder / LONGEST_SOCKET)
            unnamed.rename(folder)
            yield folder
        finally:
            remove(unnamed)
            remove(folder)


def base_folder(environment: "Mapping[str, str]") -> Path:
    """$XDG_RUNTIME_DIR where it is ours and writable, else the temporary folder."""
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or "/nonexistent")
    if runtime.is_dir() and runtime.stat().st_uid == os.getuid() and os.access(runtime, os.W_OK | os.X_OK):
        return runtime
    return Path(tempfile.gettempdir())


def sweep(base: Path) -> None:
    """Remove the folders of our user in `base` whose owner is no more."""
    for folder in base.glob(f"{PREFIX}*"):
        # Another sweep may be faster, and a link is never followed.
        with contextlib.suppress(OSError):
            if folder.lstat().st_uid == os.getuid():
                with _locked(folder):
                    remove(folder)


def remove(folder: Path) -> None:
    """Remove the folder and what is left in it; one that is gone is fine."""
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> "Generator[None]":
    """Hold the folder's lock, or raise OSError where another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _check_length(socket: Path) -> None:
    if len(os.fsencode(socket)) > MAX_PATH_BYTES:
        raise Refusal(
            f"socket path {socket} is over {MAX_PATH_BYTES} bytes",
            "set XDG_RUNTIME_DIR or TMPDIR to a shorter folder",
        )
