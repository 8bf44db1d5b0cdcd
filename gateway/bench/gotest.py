"""Does `native` take as long as `go test -bench` says of the same function on the same input? Runs the Go tool."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.build.layout import Layout
from gateway.gen.bench.v1 import driver_pb2
from gateway.inputs import pieces
from gateway.wire import kernels
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from gateway.bench.bed import Bed
    from gateway.bench.requests import Input

# Digest allocates next to nothing: both sides then do the same work, whatever the size of their heaps.
KERNEL, SIZE_BYTES, BENCHMARK = "digest", 64 << 10, "^BenchmarkDigest$/^64KiB$"
NO_GO = "no Go sources or no Go tool here"
"""Said of an installed package; a run in which it was not even tried says nothing."""
LOG_VARIABLE = "SIDECAR_BENCH_LOG"
_SCENARIO = "go test"
_BLOCK_NS = 20_000_000
_TURNS, _BLOCKS_A_TURN = 3, 8
_BUILD_WITHIN_S, _RUN_WITHIN_S = 120.0, 30.0
_LINE = re.compile(r"^BenchmarkDigest\S*\s+\d+\s+([\d.]+) ns/op", re.MULTILINE)


def compare(bed: Bed, given: Input) -> dict[str, Any]:
    """Return both times a call in ns and their difference as a share, or under `why` why there is none.

    The difference is `native` over Go's own, less one. Driver and Go's own benchmark take turns on one request, all
    CPUs free to both; the smallest of each counts, since other work on the machine only ever adds.
    """
    if not Layout.of_checkout().has_sources() or shutil.which("go") is None:
        return {"why": NO_GO}
    text = pieces.packed(given.content, SIZE_BYTES, 1)[0]
    with tempfile.TemporaryDirectory(prefix="gt") as folder:
        try:
            return _alternate(bed, text, Path(folder))
        except (OSError, subprocess.SubprocessError, ValueError):
            return {"why": "go test -bench did not run"}


def _alternate(bed: Bed, text: bytes, folder: Path) -> dict[str, Any]:
    program, log = folder / "kernel.test", folder / "input"
    _go(["go", "test", "-c", "-o", str(program), "./kernel"], {}, _BUILD_WITHIN_S)
    log.write_bytes(text)
    request = kernels.request(KERNEL, text).SerializeToString()
    bed.session.driver.Load(driver_pb2.LoadRequest(scenario=_SCENARIO, kernel=KERNEL, requests=[request]))
    turns = [(_native_ns(bed), _go_test_ns(program, log)) for _ in range(_TURNS)]
    native, go_test = (min(times) for times in zip(*turns, strict=True))
    return {
        "kernel": KERNEL,
        "size_bytes": SIZE_BYTES,
        "native_ns": native,
        "go_test_ns": go_test,
        "difference": native / go_test - 1,
    }


def _native_ns(bed: Bed) -> float:
    """Return the smallest mean time of a call in a block of the driver; Go's benchmark takes means too."""
    request = driver_pb2.MeasureRequest(
        scenario=_SCENARIO, route=NATIVE, callers=1, duration_ns=_BLOCK_NS, mode=driver_pb2.MODE_OFF
    )
    blocks = [bed.session.driver.Measure(request) for _ in range(_BLOCKS_A_TURN)]
    return min((block.end_ns - block.start_ns) / max(1, block.calls) for block in blocks)


def _go_test_ns(program: Path, log: Path) -> float:
    """Return the smallest time of a call that Go's benchmark prints."""
    options = {"run": "^$", "bench": BENCHMARK, "benchtime": f"{_BLOCK_NS}ns", "count": str(_BLOCKS_A_TURN)}
    command = [str(program), *(f"-test.{name}={value}" for name, value in options.items())]
    return min(float(one) for one in _LINE.findall(_go(command, {LOG_VARIABLE: str(log)}, _RUN_WITHIN_S)))


def _go(command: list[str], variables: dict[str, str], within_s: float) -> str:
    folder = Layout.of_checkout().go / ("kernel" if variables else "")
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=True,
    ).stdout
