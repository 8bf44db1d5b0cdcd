"""The user's go command. Runs it."""

import os
import subprocess
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

_WITHIN_S = 120.0


def go(
    arguments: list[str], folder: "Path", problem: str, remedy: str, within_s: float = _WITHIN_S
) -> "subprocess.CompletedProcess[str]":
    """Run go in a folder; refuses with `problem` and the first line that it says when it fails."""
    done = attempt(arguments, folder, within_s)
    if done.returncode:
        raise Refusal(f"{problem}: {first_error(done.stderr)}", remedy)
    return done


def attempt(arguments: list[str], folder: "Path", within_s: float = _WITHIN_S) -> "subprocess.CompletedProcess[str]":
    """Run go in a folder, whatever it says; refuses where it is missing or does not end."""
    if not folder.is_dir():
        raise Refusal(f"{folder} is no folder", "name a folder of a Go module")
    try:
        return subprocess.run(
            ["go", *arguments],
            cwd=folder,
            env={**os.environ, "PWD": os.path.realpath(folder)},  # go names files by it, whatever links lead there
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
    except FileNotFoundError as error:
        raise Refusal("Go is missing", "get it from https://go.dev/dl") from error
    except subprocess.TimeoutExpired as error:
        raise Refusal(f"go {arguments[0]} took over {within_s:.0f} s", "try it by hand") from error


def first_error(said: str) -> str:
    """The first line of go's words that tells what is wrong: lines that begin with # only name the package."""
    lines = [line.strip().rstrip(":") for line in said.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0] if lines else "it says nothing"
