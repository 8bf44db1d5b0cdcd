"""Whether a run of a million kept calls is concluded in 10 s and 1 GiB: `python -m tests.bench.million`.

The folder is written by the recorder of a bench: 60 cases in 50 rounds, times drawn around what a route takes, spread
as widely as a real machine spreads them, so that histograms have as many buckets. Reading and concluding it happens in
a process of its own, whose time and greatest memory are told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gateway.bench.manifest import COMPLETE, IDENTICAL, Manifest, RoundNote
from gateway.bench.plan import Case, Plan, Scenario
from gateway.bench.record import Recorder
from gateway.bench.rounds import OFF, STAMPS
from gateway.bench.tables import BLOCKS_SCHEMA, SAMPLES_SCHEMA
from gateway.traces.stages import HOP_STAMPS
from gateway.wire.lists_generated import STAMPS as STAMP_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SECONDS, MOST_BYTES = 10.0, 1 << 30
ROUNDS, STAMPED_EVERY = 50, 5
ROUTES = ("native", "native/original", "cgo/raw", "uds/msgpack", "grpc-uds/protobuf")
KERNELS = {"redact": 6.0, "digest": 0.6, "inflate": 2.0, "tokenize": 9.0}
SIZES = (256, 4_096, 65_536)
KEPT_OFF, KEPT_STAMPED = 275, 520
CALLS = 2_000

CONCLUDE = """
import json, resource, sys, time
from pathlib import Path
began = time.monotonic()
from gateway.bench import findings, folder
run = folder.read(Path(sys.argv[1]))
found = findings.to_json(findings.conclude(run))
took_s = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_SELF)
took = {"seconds": took_s, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * 1024}
counts = {"samples": run.samples.num_rows, "cases": len(found["cases"])}
print(json.dumps({**took, **counts}))
"""


@dataclass(frozen=True, slots=True)
class Concluded:
    """What reading and concluding a run took, in a process of its own."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    samples: int
    cases: int


def write(folder: Path) -> Path:
    """Write the run."""
    plan = _plan()
    with Recorder(folder, _manifest(plan)) as recorder:
        for round_index in range(ROUNDS):
            for row, samples in _round(plan, round_index):
                recorder.keep(row, samples)
            recorder.flush()
        recorder.manifest.state = COMPLETE
    return folder


def conclude(folder: Path) -> Concluded:
    """Read and conclude the run in a child, and return what that took."""
    ended = subprocess.run([sys.executable, "-c", CONCLUDE, str(folder)], capture_output=True, text=True, check=True)
    return Concluded(**json.loads(ended.stdout))


def _plan() -> Plan:
    cases = [Case(Scenario(kernel, size), route) for kernel in KERNELS for size in SIZES for route in ROUTES]
    return Plan(
        name="a million",
        seed=1,
        rounds=ROUNDS,
        block_ns=25_000_000,
        warmup_ns=0,
        min_calls=1,
        stamps_every=STAMPED_EVERY,
        reservoir=KEPT_STAMPED,
        timeout_ns=0,
        budget_s=0,
        minimum_gain=0.2,
        cases=(*cases, Case(cases[-2].scenario, cases[-2].route, control=True)),
    )


def _manifest(plan: Plan) -> Manifest:
    second = 10**9
    return Manifest(
        plan=plan,
        command=["gateway", "bench"],
        created="2026-11-23T12:00:00Z",
        machine={"cpu_model": "simulated", "cpus_usable": [0, 1], "architecture": "x86_64"},
        cpu_sets={"process": {"driver": [0], "worker": [1]}},
        versions={"go": "go1.26"},
        git={},
        input={"kind": "generated"},
        agreement=[IDENTICAL] * len(plan.cases),
        rounds=[RoundNote(index * second, (index + 1) * second, 0, 0, 2) for index in range(ROUNDS)],
    )


def _round(plan: Plan, round_index: int) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    rng = np.random.default_rng(round_index)
    for index, case in enumerate(plan.cases):
        stamped = round_index % STAMPED_EVERY == 0 and case.carries_stamps
        for mode, kept in ((OFF, KEPT_OFF), (STAMPS, KEPT_STAMPED)) if stamped else ((OFF, KEPT_OFF),):
            calls = _truth_ns(case) * rng.lognormal(rng.normal(0, 0.01), 0.3, CALLS)
            yield (
                _row(index, round_index, mode, calls),
                _samples(index, round_index, mode, np.sort(rng.choice(calls, kept, replace=False))),
            )


def _truth_ns(case: Case) -> float:
    compute = 200 + KERNELS[case.scenario.kernel] * case.scenario.size_bytes
    crossing = {"cgo/raw": 100, "uds/msgpack": 40_000, "grpc-uds/protobuf": 90_000}.get(case.route)
    slower = 20.0 if case.route == "native/original" else 1.0
    return compute * slower if crossing is None else crossing + compute / 3


def _row(case: int, round_index: int, mode: str, calls: np.ndarray) -> dict[str, Any]:
    # Three significant digits, as the driver's histogram has them.
    width = 10.0 ** np.floor(np.log10(calls) - 2)
    values, counts = np.unique((np.ceil(calls / width) * width).astype(np.int64), return_counts=True)
    return {
        **dict.fromkeys(BLOCKS_SCHEMA.names, 1),
        "case": case,
        "round": round_index,
        "mode": mode,
        "start_ns": 0,
        "end_ns": int(calls.sum()),
        "calls": len(calls),
        "failures": 0,
        "driver_cpu_ns": int(calls.sum()),
        "worker_cpu_ns": int(calls.sum() / 2),
        "rate_per_s": 0.0,
        "unit_ns": 1.0,
        "bucket_values": values,
        "bucket_counts": counts,
    }


def _samples(case: int, round_index: int, mode: str, calls: np.ndarray) -> pa.Table:
    count = len(calls)
    empty = np.zeros(count, dtype=np.int64)
    stamps = dict.fromkeys((*STAMP_NAMES, *HOP_STAMPS), empty)
    if mode == STAMPS:
        ends = np.linspace(0, 0.98, len(STAMP_NAMES))
        stamps |= {name: (10**9 + calls * end).astype(np.int64) for name, end in zip(STAMP_NAMES, ends, strict=True)}
    columns = {
        "case": np.full(count, case, dtype=np.int32),
        "round": np.full(count, round_index, dtype=np.int32),
        "mode": pa.array([mode] * count),
        "request": np.zeros(count, dtype=np.int32),
        "total_ns": calls,
        **stamps,
    }
    return pa.table(columns, schema=SAMPLES_SCHEMA)


def main() -> int:
    """Write such a run, conclude it, and say whether it stayed within the bounds."""
    with tempfile.TemporaryDirectory() as here:
        took = conclude(write(Path(here) / "run"))
    within = took.seconds <= MOST_SECONDS and took.peak_bytes <= MOST_BYTES
    print(
        f"{took.samples:,} records, {took.cases} cases in {ROUNDS} rounds: read and concluded in {took.seconds:.1f} s "
        f"(at most {MOST_SECONDS:.0f}), of CPU {took.cpu_seconds:.1f} s, "
        f"at most {took.peak_bytes / 2**20:.0f} MiB held (at most {MOST_BYTES >> 20})"
    )
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
