"""Simulated machines: runs of one plan whose truth is known, under names of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.bench import findings, manifest
from gateway.bench.merge import Named
from gateway.bench.record import RUN, write_json
from tests.bench.simulated import Truth, recorded, simulate

if TYPE_CHECKING:
    from pathlib import Path

GO = 58_000.0
TRUTH = Truth(
    {
        ("echo", 4096, "native"): 400,
        ("redact", 4096, "native"): GO,
        ("redact", 4096, "cgo/raw"): GO / 3.6,
        ("redact", 4096, "uds/msgpack"): GO / 0.9,
        ("digest", 4096, "native"): 2_400,
        ("digest", 4096, "cgo/raw"): 2_500,
        ("digest", 4096, "uds/msgpack"): 50_000,
    }
)
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon")


def speed_up(times: float, route: str = "cgo/raw", kernel: str = "redact") -> Truth:
    """The truth of a machine on which a route of a kernel is so many times as fast as Go."""
    go = TRUTH.times_ns[kernel, 4096, "native"]
    return replace(TRUTH, times_ns={**TRUTH.times_ns, (kernel, 4096, route): go / times})


def fleet(*speed_ups: float) -> list[Truth]:
    """Machines by how many times cgo/raw is as fast as Go for redact, each with noise of its own."""
    return [replace(speed_up(times), seed=number) for number, times in enumerate(speed_ups, 1)]


def measured(truth: Truth, name: str, folder: Path, /, **machine: str) -> Named:
    """The machine's run, concluded; `machine` are further facts of it."""
    run = simulate(truth, folder / name)
    run.manifest.machine |= {"name": name, **machine}
    return Named(name, findings.conclude(run))


def all_measured(truths: list[Truth], folder: Path) -> list[Named]:
    """A run of each machine, under the first names."""
    return [measured(truth, name, folder) for truth, name in zip(truths, NAMES, strict=False)]


def written(truth: Truth, folder: Path, /, **machine: str) -> Path:
    """The machine's run as a folder, as a bench writes it."""
    recorded(truth, folder)
    head = manifest.from_json(json.loads((folder / RUN).read_text(encoding="utf-8")))
    head.machine |= machine
    write_json(folder / RUN, head.to_json())
    return folder
