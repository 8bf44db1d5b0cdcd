"""Workers and proxies started as any program would start them, by their command line and their handshake line."""

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
BINARY = ROOT / "bin" / "sidecar-worker"
READY_LINE_BYTES = 4096
ENDED_S = 10


@dataclasses.dataclass(frozen=True)
class PlainProcess:
    """A running process and its addresses by channel."""

    process: "subprocess.Popen[str]"
    endpoints: dict[str, str]

    @property
    def pid(self) -> int:
        """Its id."""
        return self.process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=ENDED_S)


@contextlib.contextmanager
def plain_worker(
    *flags: str, binary: pathlib.Path = BINARY, folder: pathlib.Path | None = None
) -> Iterator[PlainProcess]:
    """Runs a worker for as long as the block lasts, in a private folder of its own unless one is given."""
    assert binary.exists(), f"{binary} is missing: run `make build`"
    with _running([str(binary), *flags], folder) as process:
        yield process


@contextlib.contextmanager
def plain_proxy(*flags: str, folder: pathlib.Path | None = None) -> Iterator[PlainProcess]:
    """Runs a proxy likewise."""
    with _running([sys.executable, "-m", "gateway", "proxy", *flags], folder) as process:
        yield process


@contextlib.contextmanager
def private_folder() -> Iterator[pathlib.Path]:
    """A folder with a short path for sockets."""
    with tempfile.TemporaryDirectory(prefix="sgt-", dir="/tmp") as folder:
        yield pathlib.Path(folder)


@contextlib.contextmanager
def _running(command: list[str], folder: pathlib.Path | None) -> Iterator[PlainProcess]:
    with contextlib.ExitStack() as stack:
        sockets = folder or stack.enter_context(private_folder())
        full = [*command, "--socket-dir", str(sockets)]
        log = None if os.environ.get("SIDECAR_SHOW_LOGS") else subprocess.DEVNULL
        process = stack.enter_context(subprocess.Popen(full, stdout=subprocess.PIPE, stderr=log, text=True))
        try:
            assert process.stdout
            line = process.stdout.readline(READY_LINE_BYTES)
            assert line, f"{command} said nothing: SIDECAR_SHOW_LOGS=1 shows its log"
            yield PlainProcess(process, json.loads(line)["endpoints"])
        finally:
            process.terminate()
            process.wait(timeout=ENDED_S)
