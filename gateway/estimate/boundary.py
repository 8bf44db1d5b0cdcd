"""What crossing costs here, in process and to the sidecar, by the same driver and the same subtraction as a bench.

The kernel `spin` gives its payload back and computes for a stated time; a call's time less that compute, by the
worker's own clock reads, is the boundary. A sidecar must compute about as long as the user's kernel would: the worker
hands what takes long to its pool, and whoever waits longer wakes up slower.

T(request, reply) = a + f(request) + g(reply). A payload of n bytes both ways measures a + f(n) + g(n); both directions
copy bytes the same way, so f = g and T(r, p) is the mean of the payloads of r and of p bytes, whatever the shape of f.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from gateway.bench import histogram
from gateway.bench.placement import CpuSets, cpu_sets
from gateway.gen.bench.v1 import driver_pb2
from gateway.inputs import pieces
from gateway.system import usable_cpus
from gateway.wire import kernels
from gateway.wire.routes import placement_of

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from gateway.bench.bed import Bed

KERNEL = "spin"
ROUTES = ("cgo/raw", "uds/msgpack", "grpc-uds/protobuf")
"""The routes whose boundary is told: the library in process, the sidecar by our frames, and by plain gRPC."""
WARM_UP_NS = 3_000_000
_CLOSE = 0.05
_REQUESTS = 4
_RECORDS = 500
_ANSWER_WITHIN_S = 60.0
_CALIBRATION_STEPS, _CALIBRATION_NS = 20_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Crossing:
    """One way over the boundary: the route, the bytes each way, and how long the other side computes, in steps."""

    route: str
    size_bytes: int
    steps: int

    @property
    def scenario(self) -> str:
        """The name of its requests."""
        return f"{KERNEL} {self.size_bytes} B, {self.steps} steps"


@dataclass(slots=True)
class Boundary:
    """Measures blocks on a running bed; remembers what was loaded and where the processes are pinned.

    Requests are cut from `content`, whatever is in it.
    """

    bed: Bed
    content: bytes
    cpus: frozenset[int] = field(default_factory=usable_cpus)
    _loaded: set[str] = field(default_factory=set)
    _pinned: CpuSets | None = None

    def routes(self) -> tuple[str, ...]:
        """Return the routes that this machine and build can run."""
        there = {one.route for one in self.bed.describe().routes if one.kernel == KERNEL and not one.unavailable}
        return tuple(route for route in ROUTES if route in there)

    def step_ns(self, route: str) -> float:
        """Return how long a step of the kernel takes in Rust here, ns."""
        crossing = Crossing(route, 1, _CALIBRATION_STEPS)
        return self.computes_ns(crossing, _CALIBRATION_NS) / _CALIBRATION_STEPS

    def crosses_ns(self, crossing: Crossing, duration_ns: int) -> float:
        """Return the median time of a whole call in one block."""
        return self.median_ns(self._ready(crossing), crossing.route, duration_ns)

    def computes_ns(self, crossing: Crossing, duration_ns: int) -> float:
        """Return the median time that the kernel itself computed in one stamped block."""
        return self.compute_ns(self._ready(crossing), crossing.route, duration_ns)

    def load(self, scenario: str, kernel: str, requests: list[Message]) -> None:
        """Hand a scenario's requests to the driver."""
        encoded = [one.SerializeToString() for one in requests]
        self.bed.session.driver.Load(driver_pb2.LoadRequest(scenario=scenario, kernel=kernel, requests=encoded))
        self._loaded.add(scenario)

    def median_ns(self, scenario: str, route: str, duration_ns: int) -> float:
        """Return the median time of a call in one block, ns."""
        measured = self.block(scenario, route, duration_ns, driver_pb2.MODE_OFF, 0)
        values = np.array(measured.bucket_values, dtype=np.float64) * measured.histogram_unit_ns
        return histogram.percentile(values, np.array(measured.bucket_counts, dtype=np.int64), 0.5)

    def compute_ns(self, scenario: str, route: str, duration_ns: int) -> float:
        """Return the median time that Rust computed in one stamped block, by the worker's own clock reads."""
        records = self.block(scenario, route, duration_ns, driver_pb2.MODE_STAMPS, _RECORDS).records
        return median(end - begin for begin, end in zip(records.t6_ns, records.t7_ns, strict=True))

    def block(
        self, scenario: str, route: str, duration_ns: int, mode: driver_pb2.Mode, reservoir: int
    ) -> driver_pb2.MeasureResponse:
        """Run one block, after a warm-up, with the CPUs that a bench gives to the route's placement."""
        sets = self._pin(route)
        request = driver_pb2.MeasureRequest(
            scenario=scenario, route=route, callers=1, mode=mode, reservoir=reservoir, gomaxprocs=sets.gomaxprocs
        )
        request.duration_ns = WARM_UP_NS
        self.bed.session.driver.Measure(request, timeout=_ANSWER_WITHIN_S)
        request.duration_ns = duration_ns
        return self.bed.session.driver.Measure(request, timeout=duration_ns / 1e9 + _ANSWER_WITHIN_S)

    def _ready(self, crossing: Crossing) -> str:
        """Return the scenario of a crossing, whose requests the driver then has."""
        if crossing.scenario not in self._loaded:
            cut = pieces.packed(self.content, crossing.size_bytes, _REQUESTS)
            self.load(crossing.scenario, KERNEL, [kernels.request(KERNEL, one, steps=crossing.steps) for one in cut])
        return crossing.scenario

    def _pin(self, route: str) -> CpuSets:
        sets = cpu_sets(placement_of(route), self.cpus)
        if sets != self._pinned:
            self.bed.pin(sets)
            self._pinned = sets
        return sets


def sizes_of(request_bytes: int, reply_bytes: int) -> tuple[int, ...]:
    """Return the payloads whose mean is the boundary of a call: one where request and reply are about as long."""
    sizes = (max(1, request_bytes), max(1, reply_bytes))
    return sizes[:1] if abs(sizes[0] - sizes[1]) <= _CLOSE * max(sizes) else sizes
