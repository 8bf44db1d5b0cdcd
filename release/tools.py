"""Running the tools that a release is made with."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LINES_SHOWN = 30


def run(*command: str, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What the command wrote to stdout. Raises ReleaseError with the end of what it said when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise ReleaseError(f"{command[0]} is missing", "install it; `gateway doctor` says what is needed") from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-_LINES_SHOWN:])
        raise ReleaseError(f"`{' '.join(command)}` failed in {folder}", f"mend what it says\n{said}")
    return done.stdout
