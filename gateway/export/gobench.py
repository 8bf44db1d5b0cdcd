"""Go's benchmark format, a line for each case in each round, so that benchstat compares runs. Pure.

The format is that of golang.org/design/14313-benchmark-format; the parts of a name are its keys for `benchstat -col`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.export.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.bench.folder import Run
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Case
    from gateway.export.rows import Row

PACKAGE = "github.com/sidecar-ipc/gateway/go_service"
_GOARCH = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386"}
_BETWEEN = "+"
"""Stands for the slash of a route, which would begin another key."""


def text(run: Run) -> str:
    """Return configuration and results; the A/A control, which has the name of another case, is left out."""
    lines = (_result(case, row, run.manifest) for case, row in rows(run) if not case.control)
    return "\n".join([*_configuration(run.manifest), *lines]) + "\n"


def name(case: Case) -> str:
    """Return the benchmark's name: `BenchmarkRedact/size=4096/callers=1/route=uds+msgpack`."""
    one = case.scenario
    load = {"rate": f"{one.rate_per_s:g}", "steps": str(one.steps), "cpus": f"{one.quota_cpus:g}"}
    keys = {
        "size": "mix" if one.mix else str(one.size_bytes),
        "callers": str(one.callers),
        **{key: value for key, value in load.items() if value != "0"},
        "route": case.route.replace("/", _BETWEEN),
        **({"target": case.target} if case.target else {}),
    }
    kernel = "".join(part[:1].upper() + part[1:] for part in one.kernel.split("/"))
    return f"Benchmark{kernel}/" + "/".join(f"{key}={value}" for key, value in keys.items())


def _configuration(manifest: Manifest) -> Iterator[str]:
    machine = manifest.machine
    architecture = str(machine.get("architecture", ""))
    yield f"goos: {str(machine.get('system') or 'linux').lower()}"
    yield f"goarch: {_GOARCH.get(architecture, architecture)}"
    yield f"pkg: {PACKAGE}"
    yield f"cpu: {machine.get('cpu_model') or 'unknown'}"


def _result(case: Case, row: Row, manifest: Manifest) -> str:
    threads = len(manifest.cpu_sets.get(row.placement, {}).get("driver", ()))
    figures = {
        "ns/op": row.deciding_ns,
        "cpu-ns/op": row.cpu_ns,
        "B/op": row.allocated_bytes,
        "allocs/op": row.allocated_objects,
    }
    suffix = f"-{threads}" if threads > 1 else ""
    told = (f"{value:.6g} {unit}" for unit, value in figures.items() if math.isfinite(value))
    return "\t".join([f"{name(case)}{suffix}", str(row.calls), *told])
