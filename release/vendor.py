"""All that a build downloads, put into one folder: crates, Go modules, wheels. `make vendor`, then OFFLINE=1.

Three caches of the tools' own, not folders `vendor`: with them compilers see the same names and give the same bytes as
with a network (docs/decisions/0032-what-is-vendored.md).
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from release.tools import run

if TYPE_CHECKING:
    from pathlib import Path


def fill(root: Path, folder: Path) -> None:
    """Put all three kinds into the folder, which begins empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    crates(root, folder)
    modules(root, folder)
    wheels(root, folder)


def crates(root: Path, folder: Path) -> None:
    """A cargo home; cargo compares each crate with Cargo.lock when it fetches it."""
    run("cargo", "fetch", "--locked", folder=root / "rust_worker", environment={"CARGO_HOME": str(folder / "cargo")})


def modules(root: Path, folder: Path) -> None:
    """A module cache; go compares it with go.sum, which it would not do with a folder `vendor`."""
    environment = {"GOMODCACHE": str(folder / "go"), "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()}
    for command in (("go", "mod", "download"), ("go", "mod", "graph")):  # the graph needs go.mod files of more modules
        run(*command, folder=root / "go_service", environment=environment)


def wheels(root: Path, folder: Path) -> None:
    """For this Python on this platform, by the hashes of both lock files."""
    for lock in ("requirements.lock", "requirements-dev.lock"):
        command = (sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary", ":all:")
        run(*command, "--dest", str(folder / "wheels"), "-r", lock, folder=root)
