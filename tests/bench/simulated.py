"""Runs whose truth is known: blocks and samples as the driver would give them, made from stated times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gateway.bench.folder import Run
from gateway.bench.manifest import COMPLETE, IDENTICAL, Manifest, RoundNote
from gateway.bench.plan import Case, Plan, Scenario
from gateway.bench.processes import ProcessUse
from gateway.bench.record import Recorder
from gateway.bench.rounds import OFF, STAMPS
from gateway.bench.tables import BLOCKS_SCHEMA, SAMPLES_SCHEMA, block_row, blocks_of, sample_columns
from gateway.gen.bench.v1 import driver_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARES = {"t0": 0.0, "t1": 0.0, "t2": 0.02, "t3": 0.05, "t4": 0.35, "t5": 0.36, "t6": 0.36}
AFTER_COMPUTE = {"t8": 0.02, "t9": 0.9, "t10": 0.98}


@dataclass
class Truth:
    """What a simulated machine takes: ns a call by (kernel, size, route), compute ns, and how noisy it is.

    A route may be `reference/NAME`. `slowness` makes every call so many times as long, `slow_calls` one in fifty of a
    route; `seed` draws the noise.
    """

    times_ns: dict[tuple[str, int, str], float]
    compute_ns: dict[tuple[str, int], float] = field(default_factory=dict)
    noise: float = 0.01
    control_factor: float = 1.0
    rounds: int = 50
    callers: int = 1
    slowness: float = 1.0
    seed: int = 1
    machine: str = "simulated"
    differing: frozenset[tuple[str, str]] = frozenset()
    disturbed_rounds: int = 0
    slow_calls: dict[str, float] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)


def plan_of(truth: Truth) -> Plan:
    """A plan of every case that the truth names, the last one that is no reference twice."""
    cases = [Case(Scenario(kernel, size, truth.callers), route) for kernel, size, route in truth.times_ns]
    twin = [case for case in cases if not case.is_reference][-1]
    return Plan(
        name="simulated",
        seed=1,
        rounds=truth.rounds,
        block_ns=25_000_000,
        warmup_ns=0,
        min_calls=1,
        stamps_every=5,
        reservoir=100,
        timeout_ns=10**9,
        budget_s=0,
        minimum_gain=0.2,
        cases=(*cases, Case(twin.scenario, twin.route, control=True)),
    )


def simulate(truth: Truth, folder: Path) -> Run:
    """A whole run of that truth, as `folder.read` would give it."""
    plan = plan_of(truth)
    rows = list(_rows(truth, plan))
    blocks = pa.Table.from_pylist([block for block, _ in rows], schema=BLOCKS_SCHEMA)
    samples = pa.concat_tables([SAMPLES_SCHEMA.empty_table(), *(kept for _, kept in rows)])
    return Run(folder, _manifest(truth, plan), blocks_of(blocks), samples, [])


def _rows(truth: Truth, plan: Plan) -> Iterator[tuple[dict[str, Any], pa.Table]]:
    """Each block with its samples, in the order of the rounds."""
    rng = np.random.default_rng(truth.seed)
    for round_index in range(truth.rounds):
        for index, case in enumerate(plan.cases):
            for mode in (OFF, STAMPS) if round_index % plan.stamps_every == 0 and case.carries_stamps else (OFF,):
                measured = _measure(truth, case, mode, rng)
                worker = ProcessUse(cpu_ns=int(measured.calls * 10_000))
                row = block_row(index, round_index, index, mode, measured, ProcessUse(), worker)
                yield row, sample_columns(index, round_index, mode, measured.records)


def _measure(truth: Truth, case: Case, mode: str, rng: np.random.Generator) -> driver_pb2.MeasureResponse:
    """A block of 200 calls whose times lie around the truth of the round."""
    key = (case.scenario.kernel, case.scenario.size_bytes, case.route)
    factor = truth.control_factor if case.control else 1.0
    centre = truth.times_ns[key] * truth.slowness * factor * float(np.exp(rng.normal(0, truth.noise)))
    calls = centre * np.exp(rng.normal(0, 0.05, 200))
    calls[::50] *= truth.slow_calls.get(case.route, 1.0)
    values, counts = np.unique((calls * 1_000).astype(np.int64), return_counts=True)
    return driver_pb2.MeasureResponse(
        calls=200,
        start_ns=0,
        end_ns=int(calls.sum()),
        batch=1,
        bucket_values=values.tolist(),
        bucket_counts=counts.tolist(),
        histogram_unit_ns=0.001,
        cpu_ns=int(calls.sum()),
        allocated_objects=400,
        records=_records(truth, case, calls[:50]) if mode == STAMPS else None,
    )


def _records(truth: Truth, case: Case, calls: np.ndarray) -> driver_pb2.Records:
    """Stamps that leave 2 % of each call unexplained."""
    base = 10**9
    compute = truth.compute_ns.get((case.scenario.kernel, case.scenario.size_bytes), 0.0)
    stamps = {name: (base + share * (calls - compute)).astype(np.int64) for name, share in SHARES.items()}
    stamps["t7"] = stamps["t6"] + int(compute)
    for name, share in AFTER_COMPUTE.items():
        stamps[name] = stamps["t7"] + ((share - SHARES["t6"] if share > 0.5 else share) * (calls - compute)).astype(
            np.int64
        )
    return driver_pb2.Records(
        total_ns=calls.tolist(),
        request_index=[0] * len(calls),
        **{f"{name}_ns": values.tolist() for name, values in stamps.items()},
    )


def _manifest(truth: Truth, plan: Plan) -> Manifest:
    second, cpus = 10**9, 2
    notes = [
        RoundNote(index * second, (index + 1) * second, 0, second if index < truth.disturbed_rounds else 0, cpus)
        for index in range(truth.rounds)
    ]
    return Manifest(
        plan=plan,
        command=["gateway", "bench"],
        created="2026-11-23T12:00:00Z",
        machine={"cpu_model": truth.machine, "cpus_usable": [0, 1], "architecture": "x86_64"},
        cpu_sets={"process": {"driver": [0], "worker": [1]}},
        versions={"go": "go1.26"},
        git={},
        input={"kind": "generated"},
        agreement=["differs" if (c.scenario.kernel, c.route) in truth.differing else IDENTICAL for c in plan.cases],
        rounds=notes,
        policy=truth.policy,
        first_round_after_s=1.5,
        took_s=float(truth.rounds),
        state=COMPLETE,
    )


SIZES = (256, 4_096, 65_536)


def redact_and_digest(**changed: object) -> Truth:
    """The figures of a quiet machine: redact pays in process, and as a sidecar from some KiB on; digest never."""
    times: dict[tuple[str, int, str], float] = {}
    for size in SIZES:
        redact, digest = 200 + 14.1 * size, 150 + 0.55 * size
        times |= {
            ("redact", size, "native"): redact,
            ("redact", size, "native/original"): 34 * redact,
            ("redact", size, "cgo/raw"): 100 + redact / 3.7,
            ("redact", size, "uds/msgpack"): 48_000 + redact / 3.7,
            ("digest", size, "native"): digest,
            ("digest", size, "cgo/raw"): 100 + digest,
            ("digest", size, "uds/msgpack"): 48_000 + digest,
        }
    compute = {("redact", size): (200 + 14.1 * size) / 3.7 for size in SIZES}
    compute |= {("digest", size): 150 + 0.55 * size for size in SIZES}
    return Truth(times, compute, **changed)  # type: ignore[arg-type]


def recorded(truth: Truth, folder: Path, interrupted_after: int | None = None) -> Path:
    """The same run, written by the recorder as a bench writes it; Ctrl-C may come after so many blocks."""
    run = simulate(truth, folder)
    manifest = run.manifest
    with Recorder(folder, manifest) as recorder:
        for index, row in enumerate(_rows(truth, manifest.plan)):
            if index == interrupted_after:
                raise KeyboardInterrupt
            recorder.keep(*row)
    return folder
