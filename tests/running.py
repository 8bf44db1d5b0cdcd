"""Running the command `gateway` on built programs, as a user does."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.build.layout import Layout
from gateway.build.recipe import OUTPUTS

READY_S = 20.0


def built(*, plant: bool = False) -> Path:
    """The folder of the built programs; a test that needs them fails with the remedy when one is missing."""
    layout = Layout.of_checkout(plant=plant)
    missing = [name for name in OUTPUTS if not (layout.bin / name).is_file()]
    assert not missing, f"{', '.join(missing)} missing in {layout.bin}: run `make {'plant' if plant else 'build'}`"
    return layout.bin


def gateway(*arguments: str, plant: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; `plant` takes the test build and gives it that plant."""
    command = [sys.executable, "-m", "gateway", "--bin", str(built(plant=bool(plant))), *arguments]
    variables = {**os.environ, **environment, **({"SIDECAR_PLANT": plant} if plant else {})}
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False)


@dataclass(frozen=True)
class Up:
    """A running `gateway up`: its process, what it told, the folder that its sockets are in."""

    process: "subprocess.Popen[str]"
    told: dict[str, Any]
    runtime: Path

    @property
    def pids(self) -> list[int]:
        """The supervisor's children, as they were at first."""
        return [role["pid"] for role in self.told.values()]

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


@contextmanager
def up(*arguments: str) -> Iterator[Up]:
    """`gateway up` on a free port, in a runtime folder of its own."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as folder:
        command = [
            sys.executable,
            "-m",
            "gateway",
            "--bin",
            str(built()),
            "up",
            "--http",
            "127.0.0.1:0",
            "--json",
            *arguments,
        ]
        variables = {**os.environ, "XDG_RUNTIME_DIR": folder}
        with subprocess.Popen(
            command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout
                yield Up(process, json.loads(process.stdout.readline()), Path(folder))
            finally:
                process.kill()


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for it, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether a process of that id exists and is no zombie."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
