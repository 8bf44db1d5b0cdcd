"""The files that are shipped, one function a kind. Each writes into `out` and is a function of the source alone."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

from release import archives, source
from release.errors import ReleaseError
from release.tools import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from release.source import Source

PROGRAMS = (
    "sidecar-worker",
    "sidecar-service",
    "sidecar-driver",
    "sidecar-references",
    "libsidecar_inproc.so",
    "libsidecar_inproc.a",
)
HEADER = "rust_worker/inproc/include/sidecar_inproc.h"
GO_MODULE = "github.com/sidecar-ipc/gateway/go_service"
LICENCE_FILES = ("LICENSE", "NOTICE")


def build(of: Source, environment: Mapping[str, str]) -> None:
    """Compile all programs in the tree, by the command that every checkout has."""
    run(sys.executable, "-m", "gateway", "build", "--force", folder=of.tree, environment=environment)


def programs(of: Source, notice: Path, out: Path) -> None:
    """One archive with programs, both libraries, the header and everybody's terms."""
    folder = f"{of.name}-{platform.system().lower()}-{platform.machine()}"
    files = {name: of.tree / "bin" / name for name in PROGRAMS}
    files |= {"sidecar_inproc.h": of.tree / HEADER, "LICENSE": of.tree / "LICENSE", "NOTICE": notice}
    missing = [name for name, file in files.items() if not file.is_file()]
    if missing:
        raise ReleaseError(f"{', '.join(missing)} missing in {of.tree}", "build them: `make release` does")
    members = {f"{folder}/{name}": file for name, file in files.items()}
    archives.tar_gz(out / f"{folder}.tar.gz", members, of.epoch_s)


def sources(of: Source, out: Path) -> None:
    """All that git keeps."""
    members = {f"{of.name}/{name}": file for name, file in source.files(of).items()}
    archives.tar_gz(out / f"{of.name}-source.tar.gz", members, of.epoch_s)


def go_module(of: Source, out: Path) -> None:
    """The module as a Go proxy serves it: `MODULE@VERSION/…` in a zip (Go Modules Reference, Module zip files)."""
    inside = {name.removeprefix("go_service/"): file for name, file in source.files(of, "go_service").items()}
    nested = [name.removesuffix("go.mod") for name in inside if name.endswith("/go.mod")]
    kept = {name: file for name, file in inside.items() if not name.startswith(tuple(nested))}
    kept.setdefault("LICENSE", of.tree / "LICENSE")
    prefix = f"{GO_MODULE}@v{of.version}"
    archives.zipped(out / f"go_service-v{of.version}.zip", {f"{prefix}/{name}": file for name, file in kept.items()})


def wheel(of: Source, environment: Mapping[str, str], out: Path) -> None:
    """The platform wheel and the source distribution; hatchling takes times from SOURCE_DATE_EPOCH."""
    command = (sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(out))
    run(*command, folder=of.tree, environment={**environment, "SIDECAR_WHEEL": "platform"})


def crates(of: Source, environment: Mapping[str, str], out: Path) -> None:
    """One archive a crate, as cargo packs it for a registry; they are built by what tests them, not here."""
    target = of.tree / "rust_worker" / "target" / "package"
    for old in target.glob("*.crate"):
        old.unlink()
    run(
        "cargo",
        "package",
        "--workspace",
        "--locked",
        "--no-verify",
        "--quiet",
        folder=of.tree / "rust_worker",
        environment=environment,
    )
    for packed in sorted(target.glob("*.crate")):
        (out / packed.name).write_bytes(packed.read_bytes())


def clear(out: Path) -> None:
    """Empty the folder, so that nothing old is shipped."""
    out.mkdir(parents=True, exist_ok=True)
    for file in out.iterdir():
        if file.is_file():
            file.unlink()
