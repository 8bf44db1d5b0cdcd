"""The standard libraries that Go and Rust link into every program."""

from __future__ import annotations

from pathlib import Path

from release.component import Component, Use
from release.tools import run

GO, RUST = "golang", "generic"
GO_LICENCE = "BSD-3-Clause"
RUST_LICENCE = "(MIT OR Apache-2.0) AND Unicode-3.0"
"""As Rust's own COPYRIGHT-library.html says of what is built for Linux."""


def read(root: Path) -> list[Component]:
    """Both, in the versions that build here."""
    return [_go(root / "go_service"), _rust(root / "rust_worker")]


def _go(folder: Path) -> Component:
    version, goroot = run("go", "env", "GOVERSION", "GOROOT", folder=folder).split()
    number = version.removeprefix("go")
    return Component(GO, "std", number, Use.LINKED, GO_LICENCE, folder=Path(goroot), repository="https://go.dev")


def _rust(folder: Path) -> Component:
    version = run("rustc", "--version", folder=folder).split()[1]
    texts = Path(run("rustc", "--print", "sysroot", folder=folder).strip()) / "share/doc/rust/licenses"
    where = {"folder": texts if texts.is_dir() else None, "repository": "https://github.com/rust-lang/rust"}
    return Component(RUST, "rust-std", version, Use.LINKED, RUST_LICENCE, **where)
