"""What the processes hold before the first call, and how long they took to be ready. Reads /proc, asks the driver."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.gen.bench.v1 import driver_pb2
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from gateway.bench.bed import Bed
    from gateway.bench.processes import ProcessUse

_SCENARIO = "idle"
_HELD = ("rss_bytes", "pss_bytes", "threads")


def snapshot(bed: Bed) -> dict[str, Any]:
    """Return RSS, PSS and threads of driver and worker (with its proxy), and ns to be ready.

    `inproc_init_ns` is the first crossing into the library in process, 0 without it; `worker_ready_ns` counts from the
    worker's start to its announcement.
    """
    driver, worker, described = bed.driver_use(with_pss=True), bed.answering_use(with_pss=True), bed.describe()
    return {
        "driver": {**_held(driver), "go_memory_bytes": _go_memory_bytes(bed, described.kernels[0].name)},
        "worker": _held(worker),
        "inproc_init_ns": described.inproc_init_ns,
        "worker_ready_ns": bed.session.worker.ready_after_ns,
    }


def _held(use: ProcessUse) -> dict[str, int]:
    return {name: value for name, value in asdict(use).items() if name in _HELD}


def _go_memory_bytes(bed: Bed, kernel: str) -> int:
    """Return what the driver's Go runtime holds, as a block of one native call tells it."""
    bed.session.driver.Load(driver_pb2.LoadRequest(scenario=_SCENARIO, kernel=kernel, requests=[b""]))
    request = driver_pb2.MeasureRequest(
        scenario=_SCENARIO, route=NATIVE, callers=1, max_calls=1, batch=1, mode=driver_pb2.MODE_OFF
    )
    return bed.session.driver.Measure(request).go_memory_bytes
