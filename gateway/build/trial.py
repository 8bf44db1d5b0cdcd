"""A command of a tool chain run for what it shows: whether it works, how long it takes."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LINE_CHARS = 200


@dataclass(frozen=True)
class Trial:
    """How long it took, and why it failed: the first line that says so; empty when it worked."""

    seconds: float
    error: str


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Trial:
    """Run it to its end; a tool that is not there is a failure like another."""
    begin = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        return Trial(0.0, f"{command[0]} is missing")
    seconds = time.perf_counter() - begin
    return Trial(seconds, first_error(done.stderr) if done.returncode else "")


def first_error(output: str) -> str:
    """The first line that speaks of an error, else the first that is no heading, else words of our own."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("#", "Compiling", "Downloaded", "go: downloading"))]
    return next((line for line in telling if "error" in line.lower()), (telling or ["it failed without a word"])[0])[
        :_LINE_CHARS
    ]
