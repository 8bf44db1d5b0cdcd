"""The proxy's socket in its private folder: bound under a lock, and unlinked only by the owner of the inode.

grpcio takes a bound path over without a word, and when its server ends it unlinks the path even if another has it by
then. So it binds a name of its own, which is renamed to the public one under the lock: what it unlinks is long gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "gateway.sock"
MAX_PATH_BYTES = 100
"""As for every child (HANDSHAKE.md)."""
LOCK_WAIT_S = 2.0
"""So long a proxy waits for the one before it, which gives its name up as soon as it drains."""
POLL_S = 0.005


class SocketName:
    """The public name of a socket that is bound under a private one."""

    def __init__(self, folder: Path) -> None:
        _check_private(folder)
        self.path = folder / NAME
        self.private = folder / f"{NAME}.{os.getpid()}"
        length = len(os.fsencode(self.private))
        if length > MAX_PATH_BYTES:
            raise Refusal(
                f"socket path {self.private} takes {length} bytes, over {MAX_PATH_BYTES}",
                "choose a shorter --socket-dir",
            )
        self._lock: int | None = None
        self._inode = 0

    def publish(self) -> None:
        """Take the lock and the name; refused while another proxy serves it."""
        self._lock = _take_lock(self.path)
        self._inode = self.private.lstat().st_ino
        self.private.rename(self.path)

    def discard_private(self) -> None:
        """Remove the private name if it is still there: the start has failed."""
        self.private.unlink(missing_ok=True)

    def release(self) -> None:
        """Give the name up: a successor may take it while connections that were made are still served."""
        lock, self._lock = self._lock, None
        if lock is None:
            return
        with contextlib.suppress(FileNotFoundError):
            if self.path.lstat().st_ino == self._inode:
                self.path.unlink()
        with _closing(lock):
            if _is_current(lock, _lock_path(self.path)):
                _lock_path(self.path).unlink()


def _check_private(folder: Path) -> None:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        raise Refusal(f"--socket-dir {folder} is not there", "make it, with mode 0700") from None
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or mode != 0o700:
        raise Refusal(f"--socket-dir {folder} is not private", "it has to be a folder of your own with mode 0700")


def _take_lock(path: Path) -> int:
    deadline_s = time.monotonic() + LOCK_WAIT_S
    while (lock := _try_lock(_lock_path(path))) is None:
        if time.monotonic() > deadline_s:
            raise Refusal(f"{path} is served by another process", "end that one, or choose another --socket-dir")
        time.sleep(POLL_S)
    return lock


def _try_lock(path: Path) -> int | None:
    """The lock's descriptor, None while another holds it. A lock won on a removed file counts for nothing."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if _is_current(descriptor, path):
        return descriptor
    os.close(descriptor)
    return None


def _is_current(descriptor: int, path: Path) -> bool:
    held = os.fstat(descriptor)
    try:
        named = path.lstat()
    except FileNotFoundError:
        return False
    return (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino)


def _lock_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)
