"""The private folder that holds a session's sockets, and the removal of those whose owner was killed."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "sg"
MAX_PATH_BYTES = 100
"""A Unix socket's path ends at 107 bytes; children refuse from here on, so this does it first and by name."""
LONGEST_SOCKET = "worker-grpc.sock"


def create(environment: "Mapping[str, str]" = os.environ) -> Path:
    """A new folder of mode 0700 in the runtime or else the temporary folder, named after this process."""
    base = base_folder(environment)
    sweep(base)
    folder = base / f"{PREFIX}-{os.getpid()}-{started(os.getpid())}-{secrets.token_hex(2)}"
    if len(os.fsencode(folder / LONGEST_SOCKET)) > MAX_PATH_BYTES:
        raise Refusal(
            f"socket path {folder / LONGEST_SOCKET} is over {MAX_PATH_BYTES} bytes",
            "set XDG_RUNTIME_DIR or TMPDIR to a shorter folder",
        )
    folder.mkdir(mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """Remove the folder and what is left in it; one that is gone is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def base_folder(environment: "Mapping[str, str]") -> Path:
    """$XDG_RUNTIME_DIR where it is ours and writable, else the temporary folder."""
    runtime = Path(environment.get("XDG_RUNTIME_DIR") or "/nonexistent")
    if runtime.is_dir() and runtime.stat().st_uid == os.getuid() and os.access(runtime, os.W_OK | os.X_OK):
        return runtime
    return Path(tempfile.gettempdir())


def sweep(base: Path) -> None:
    """Remove the folders of our user in `base` whose process is no more."""
    for folder in base.glob(f"{PREFIX}-*-*-*"):
        owner = _owner(folder.name)
        if owner and started(owner[0]) != owner[1] and folder.lstat().st_uid == os.getuid():
            remove(folder)


def started(pid: int) -> int:
    """Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0 for none, and for a zombie.

    Together with the pid it names a process for good, since pids are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def _owner(name: str) -> tuple[int, int] | None:
    parts = name.split("-")
    return (int(parts[1]), int(parts[2])) if parts[1].isdigit() and parts[2].isdigit() else None
