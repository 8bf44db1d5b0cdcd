"""Blocks of calls to one worker by our load driver and by ghz, on the same CPUs and by the same gRPC socket."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench.histogram import percentile
from gateway.bench.processes import cpu_ns
from gateway.gen.bench.v1 import driver_pb2
from gateway.inputs import shapes
from tests.interop.clients import TOOLS
from tests.plain_worker import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.supervise import Session

ROUTE = "grpc-uds/protobuf"
CONNECTIONS = 1
PAYLOAD_BYTES = 4096
DENSE = b"ann@example.com 203.0.113.7 4111111111111111 "
"""Nothing but what redact masks: some 15 µs of work in 4 KiB; the 4 µs of ordinary logs would drown in noise."""
SPIN_STEPS = 200_000
"""Some 0.4 ms of work, several times what either client needs for a call: so the worker is what limits."""
_GHZ_S = 120


@dataclass(frozen=True)
class Block:
    """What one block gave: median time of a call, calls a second, and CPU time a call of client and worker."""

    p50_ns: float
    per_s: float
    client_cpu_ns: float
    worker_cpu_ns: float

    @property
    def worker_busy(self) -> float:
        """Share of one CPU that the worker used."""
        return self.worker_cpu_ns * self.per_s / 1e9


def requests() -> dict[str, bytes]:
    """Kernel → the one request that both clients send, as protobuf; the payload is the same."""
    text = (DENSE * (PAYLOAD_BYTES // len(DENSE) + 1))[:PAYLOAD_BYTES]
    scalars = {"echo": {}, "redact": {}, "spin": {"steps": SPIN_STEPS}}
    return {kernel: shapes.request(kernel, text, **more).SerializeToString() for kernel, more in scalars.items()}


class Driver:
    """Our load driver."""

    name = "driver"

    def __init__(self, session: Session, encoded: dict[str, bytes]) -> None:
        self._session = session
        for kernel, request in encoded.items():
            session.driver.Load(driver_pb2.LoadRequest(scenario=kernel, kernel=kernel, requests=[request]))

    def block(self, kernel: str, callers: int, calls: int, cpus: set[int]) -> Block:
        """Make so many calls on those CPUs."""
        self._session.pin(self._session.driver_process, cpus)
        request = driver_pb2.MeasureRequest(
            scenario=kernel,
            route=ROUTE,
            callers=callers,
            max_calls=calls,
            mode=driver_pb2.MODE_OFF,
            gomaxprocs=len(cpus),
        )
        before = cpu_ns(self._session.worker.pid)
        measured = self._session.driver.Measure(request)
        worker_ns = cpu_ns(self._session.worker.pid) - before
        assert measured.calls == calls, f"{dict(measured.failures)} of {calls} calls failed"
        buckets = np.array(measured.bucket_values, dtype=np.float64), np.array(measured.bucket_counts, dtype=np.int64)
        p50 = percentile(*buckets, 0.5) * measured.histogram_unit_ns
        per_s = calls * 1e9 / (measured.end_ns - measured.start_ns)
        return Block(p50, per_s, measured.cpu_ns / calls, worker_ns / calls)


class Ghz:
    """ghz, a process a block: the median is of all its calls, one by one."""

    name = "ghz"

    def __init__(self, session: Session, encoded: dict[str, bytes], folder: Path) -> None:
        self._session, self._folder = session, folder
        for kernel, request in encoded.items():
            (folder / kernel).write_bytes(request)

    def block(self, kernel: str, callers: int, calls: int, cpus: set[int]) -> Block:
        """Make so many calls on those CPUs."""
        command = self._command(kernel, callers, calls, cpus)
        before, own = cpu_ns(self._session.worker.pid), _children_cpu_ns()
        with _on(cpus):
            done = subprocess.run(command, capture_output=True, text=True, timeout=_GHZ_S, check=False)
        assert done.returncode == 0, done.stderr
        worker_ns, own_ns = cpu_ns(self._session.worker.pid) - before, _children_cpu_ns() - own
        told = json.loads(done.stdout)
        assert told["statusCodeDistribution"] == {"OK": calls}, told["statusCodeDistribution"]
        latencies = sorted(call["latency"] for call in told["details"])
        return Block(latencies[calls // 2], calls * 1e9 / told["total"], own_ns / calls, worker_ns / calls)

    def _command(self, kernel: str, callers: int, calls: int, cpus: set[int]) -> list[str]:
        flags = {
            "format": "json",
            "proto": ROOT / "protos" / "kernels" / "v1" / f"{kernel}.proto",
            "call": f"kernels.v1.{kernel.title()}Service.{kernel.title()}",
            "binary-file": self._folder / kernel,
            "concurrency": callers,
            "total": calls,
            "timeout": 0,
            "connections": CONNECTIONS,
            "cpus": len(cpus),
        }
        socket = self._session.worker.endpoints["grpc-uds"]
        given = [f"--{name}={value}" for name, value in flags.items()]
        return [str(TOOLS / "ghz"), "--insecure", *given, f"unix://{socket}"]


@contextmanager
def _on(cpus: set[int]) -> Iterator[None]:
    """A child that is started meanwhile inherits them."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def _children_cpu_ns() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e9
