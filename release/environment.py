"""What a build's environment must say so that its folder, its user and its day leave no trace. Pure but for `write`.

The ordinary build does without: the linker would run each time, and cargo would compile twice for who also calls it.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError
from release.tools import run

TREE, CRATES = "/sidecar", "/crates"
"""The names under which panic messages and debug information find our sources and those of crates."""


@dataclass(frozen=True)
class Folders:
    """Where this machine keeps what compilers read: our tree, crates by registry, Rust's own sources."""

    tree: Path
    crates: tuple[Path, ...]
    rust_sources: Path
    rust_commit: str

    def prefixes(self) -> list[tuple[str, str]]:
        """Folder → the name that stands for it; of two that fit rustc takes the later."""
        crates = [(str(folder), CRATES) for folder in self.crates]
        return [(str(self.tree), TREE), *crates, (str(self.rust_sources), f"/rustc/{self.rust_commit}")]


def folders(tree: Path) -> Folders:
    """Those of this machine. Raises ReleaseError where cargo has no crates yet."""
    sysroot = Path(run("rustc", "--print", "sysroot", folder=tree).strip())
    version = dict(line.split(": ", 1) for line in run("rustc", "-vV", folder=tree).splitlines() if ": " in line)
    sources = sysroot / "lib/rustlib/src/rust"
    return Folders(tree.resolve(), _crates(), sources, version["commit-hash"])


def variables(tree: Path, epoch_s: int, wrapper: Path) -> dict[str, str]:
    """The variables for cargo, go and hatchling; `wrapper` is the file that `write` wrote."""
    return {
        "SOURCE_DATE_EPOCH": str(epoch_s),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CARGO_INCREMENTAL": "0",
        "RUSTC_WRAPPER": str(wrapper),
        "CGO_CFLAGS": f"-O2 -g -ffile-prefix-map={tree.resolve()}={TREE}",
        "GOFLAGS": f"{os.environ.get('GOFLAGS', '')} -ldflags=-buildid=".strip(),
    }


def wrapper(of: Folders) -> str:
    """A shell script that gives rustc the prefixes.

    Not RUSTFLAGS: cargo hashes those into file names, which then stand in the static library's table of members.
    """
    flags = " ".join(shlex.quote(f"--remap-path-prefix={folder}={name}") for folder, name in of.prefixes())
    return f'#!/bin/sh\nexec "$@" {flags}\n'


def write(of: Folders, path: Path) -> None:
    """Put the script there, unless it is there: cargo takes a newer one for another compiler."""
    text = wrapper(of)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def _crates() -> tuple[Path, ...]:
    """The folders of sources in cargo's home, one a registry."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()
    found = tuple(sorted((home / "registry" / "src").glob("*")))
    if not found:
        raise ReleaseError(f"no crates in {home}", "run `cargo fetch --locked` in rust_worker, or `make vendor`")
    return found
