"""Where a run comes from: machine, versions, build flags, git state, when this process began."""

from __future__ import annotations

import os
import platform
import subprocess
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from gateway import __version__, installed
from gateway import machine as machines
from gateway.build import facts as build_facts
from gateway.build.layout import Layout
from gateway.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.bench.bed import Bed
    from gateway.supervise import Programs

_GIT_WITHIN_S = 5.0


def versions(bed: Bed, programs: Programs) -> dict[str, str]:
    """Return the versions of everything that takes part, and the flags that Go and Rust were built with."""
    described = bed.describe()
    return {
        "gateway": __version__,
        "worker": bed.session.worker.version,
        "driver": bed.session.driver_process.version,
        "go": described.go_version,
        "go build": _flags(described.build),
        "rust": _compiler(programs.worker),
        "rust build": _flags(_rust_profile()),
        "python": platform.python_version(),
        "grpcio": grpc.__version__,
    }


def machine(bed: Bed) -> dict[str, Any]:
    """Return the machine, and the price of one clock read by the driver beside Python's own, ns."""
    return {**machines.read().as_json(), "driver_clock_read_ns": bed.describe().clock_read_ns}


def facts(programs: Programs) -> dict[str, Any]:
    """Return what `gateway build --facts` wrote beside the programs; nothing where it did not, or of an older build."""
    return build_facts.read(programs.driver.parent)


def _flags(settings: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(settings.items()))


def _compiler(program: Path) -> str:
    """Return what rustc wrote into its program of itself, `rustc version 1.95.0 (…)`; "" where it does not say."""
    try:
        with program.open("rb") as file:
            section = ELFFile(file).get_section_by_name(".comment")
            notes = section.data().decode("utf-8", "replace").split("\0") if section else []
    except (OSError, ELFError):
        return ""
    return next((note for note in notes if note.startswith("rustc")), "")


def _rust_profile() -> dict[str, Any]:
    """Return cargo's release profile: the checkout's, or the one that an installed package's programs were built by."""
    if not installed.is_checkout():
        return installed.built_from().get("rust_profile", {})
    path = Layout.of_checkout().rust / "Cargo.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("profile", {}).get("release", {})
    except (OSError, tomllib.TOMLDecodeError):
        return {}


def git_state() -> dict[str, Any]:
    """Return commit and whether the work tree differs from it; an installed package says what it was built from."""
    if not installed.is_checkout():
        return {name: value for name, value in installed.built_from().items() if name in {"commit", "dirty"}}
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": bool(changes)} if commit else {}


def seconds_since_process_start() -> float:
    """Return how long this process has been running, s, by /proc (proc(5), starttime is in ticks since boot)."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=_GIT_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
