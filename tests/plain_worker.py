"""A worker started as any program would start it, by its command line and its handshake line."""

import contextlib
import dataclasses
import json
import pathlib
import subprocess
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[1]
BINARY = ROOT / "bin" / "sidecar-worker"
READY_LINE_BYTES = 4096


@dataclasses.dataclass(frozen=True)
class PlainWorker:
    """A running worker's process id and its addresses by channel."""

    pid: int
    endpoints: dict[str, str]


@contextlib.contextmanager
def plain_worker(*flags: str, binary: pathlib.Path = BINARY) -> Iterator[PlainWorker]:
    """Runs a worker for as long as the block lasts, in a private folder of its own."""
    assert binary.exists(), f"{binary} is missing: run `make build`"
    with tempfile.TemporaryDirectory(prefix="sgt-") as folder:
        command = [str(binary), "--socket-dir", folder, *flags]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stdout
                line = json.loads(process.stdout.readline(READY_LINE_BYTES))
                yield PlainWorker(process.pid, line["endpoints"])
            finally:
                process.terminate()
                process.wait(timeout=10)
