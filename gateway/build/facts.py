"""Facts of a build, outside of any hot path: time, size, base images, other processors. `gateway build --facts`.

What is timed is stated in the name: `link_s` is the go or cargo command again with all dependencies compiled, so mostly
the linker; `cold_s` is the go command with an empty build cache, in a folder of its own. Downloads are in neither.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.build import binary, images, trial
from gateway.build.recipe import RUST_OUTPUTS
from gateway.build.run import locked
from gateway.errors import Failure, Refusal
from gateway.progress import Steps

if TYPE_CHECKING:
    from gateway.build.layout import Layout
    from gateway.build.trial import Trial

FILE = "facts.json"
SERVICE, WORKER = "sidecar-service", RUST_OUTPUTS[0]
ARM64_TARGET, MUSL_TARGET = "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
REPLACEABLE = {
    "native": "no: the kernel is the service's own code",
    "inproc": "no: the library is linked into the service",
    "process": "yes: the worker is another process; later calls meet the new one at the same address",
}
"""Placement → whether a kernel can be replaced without restarting the service."""


def read(bin_dir: Path) -> dict[str, Any]:
    """The facts that were written beside the programs; {} where there are none, or they are of an older build."""
    file, stamp = bin_dir / FILE, bin_dir / ".sources"
    if not file.is_file() or not stamp.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        sources, facts = found["sources"], dict(found["facts"])
    except (ValueError, TypeError, LookupError) as error:
        raise Refusal(f"{file} is not whole", "run `gateway build --facts` again") from error
    return facts if sources == stamp.read_text(encoding="ascii") else {}


def write(layout: Layout, *, cold: bool) -> Path:
    """Collect them for the programs in `layout.bin` and write them there."""
    stamp = layout.stamp.read_text(encoding="ascii")  # before: what changes meanwhile makes the facts old
    with locked(layout), tempfile.TemporaryDirectory(prefix="facts-") as folder:
        facts = _collect(layout, Path(folder), cold=cold)
    path = layout.bin / FILE
    path.write_text(json.dumps({"sources": stamp, "facts": facts}, indent=1) + "\n", encoding="utf-8")
    return path


def _collect(layout: Layout, folder: Path, *, cold: bool) -> dict[str, Any]:
    progress = Steps(4)
    with progress.step("service with the library"):
        linked = _service(layout, folder, cgo=True, cold=cold)
    with progress.step("service without cgo"):
        pure = _service(layout, folder, cgo=False, cold=cold)
    with progress.step("worker"):
        worker = _worker(layout)
    with progress.step("worker for other targets"):
        other = {"arm64": _worker_for(layout, ARM64_TARGET), "static (musl)": _worker_for(layout, MUSL_TARGET)}
    return {
        "service with cgo": linked,
        "service without cgo": pure,
        "worker": {**worker, **other},
        "kernel replaceable without restarting the service": REPLACEABLE,
    }


def _service(layout: Layout, folder: Path, *, cgo: bool, cold: bool) -> dict[str, Any]:
    """Build it twice, so that the second time is the link; once more with an empty cache where asked for."""
    built = folder / f"{SERVICE}-{cgo}"
    _built(_go(layout, built, cgo=cgo))
    built.unlink()  # the go command leaves alone what is up to date
    timed = {"link_s": round(_built(_go(layout, built, cgo=cgo)).seconds, 1)}
    if cold:
        with tempfile.TemporaryDirectory(prefix="cache-", dir=folder) as cache:
            timed["cold_s"] = round(_built(_go(layout, built, cgo=cgo, GOCACHE=cache)).seconds, 1)
    across = _go(layout, folder / "arm64", cgo=cgo, GOARCH="arm64")
    return {**_needs(built), **timed, "arm64": across.error or "builds"}


def _go(layout: Layout, output: Path, *, cgo: bool, **environment: str) -> Trial:
    tags = ("-tags", "sidecar_cgo") if cgo else ()
    command = ("go", "build", *tags, "-trimpath", "-buildvcs=false", "-o", str(output), f"./cmd/{SERVICE}")
    variables = {"CGO_ENABLED": str(int(cgo)), "CGO_LDFLAGS": f"-L{layout.bin}" if cgo else "", **environment}
    return trial.run(command, layout.go, variables)


def _worker(layout: Layout) -> dict[str, Any]:
    """Compile its last crate and link it twice: new metadata makes that one new and, the second time, nothing else."""
    command = ("cargo", "rustc", "--release", "--locked", "-p", WORKER, "--bin", WORKER, "--", "-C")
    once, again = (_built(trial.run((*command, f"metadata=facts{time.time_ns()}"), layout.rust, {})) for _ in range(2))
    return {**_needs(layout.bin / WORKER), "link_s": round(min(once.seconds, again.seconds), 1)}


def _worker_for(layout: Layout, target: str) -> str:
    """Whether this machine's tool chain builds it for another target; in a folder of its own."""
    apart = ("--target", target, "--target-dir", str(layout.root / "build" / "targets"))
    tried = trial.run(("cargo", "build", "--release", "--locked", "-p", WORKER, *apart), layout.rust, {})
    return tried.error or "builds"


def _built(tried: Trial) -> Trial:
    if tried.error:
        raise Failure(f"a build that is to be timed failed: {tried.error}", "run `gateway build`, mend what it says")
    return tried


def _needs(program: Path) -> dict[str, Any]:
    needs = binary.read(program)
    glibc = ".".join(map(str, needs.glibc))
    return {
        "bytes": needs.size_bytes,
        "libraries": list(needs.libraries),
        "glibc": glibc,
        "images": images.fitting(needs),
    }
