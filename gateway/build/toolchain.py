"""The tool chains that building needs, and which versions are here."""

import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.build.layout import Layout

Version = tuple[int, ...]
ANSWER_S = 300.0
"""Long, since rustup and go download the version that the sources state when they are first asked."""


@dataclass(frozen=True)
class Tool:
    """One tool: which version is needed and where to get it, and how it tells its version."""

    name: str
    program: str
    needed: Version
    source: str
    ask: tuple[str, ...]
    folder: "Path"

    def found(self) -> Version | None:
        """The version that is here; None when there is none or it does not run."""
        path = shutil.which(self.program)
        if path is None:
            return None
        try:
            asked = subprocess.run(
                [path, *self.ask], cwd=self.folder, capture_output=True, text=True, timeout=300, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return version_in(asked.stdout) if asked.returncode == 0 else None

    def check(self) -> None:
        """Refuse a missing or an old one."""
        found = self.found()
        remedy = f"version {dotted(self.needed)} or newer is needed; get it from {self.source}"
        if found is None:
            raise Refusal(f"{self.name} is missing", remedy)
        if found < self.needed:
            raise Refusal(f"{self.name} {dotted(found)} is too old", remedy)


def tools(layout: "Layout") -> list[Tool]:
    """Rust, Go and a C compiler; the versions needed are those that the sources state."""
    compiler = os.environ.get("CC", "cc").split()[0]
    packages = "your system's packages (build-essential, gcc or clang)"
    return [
        Tool("Rust (cargo)", "cargo", rust_needed(layout), "https://rustup.rs", ("--version",), layout.rust),
        Tool("Go", "go", go_needed(layout), "https://go.dev/dl", ("version",), layout.go),
        Tool("C compiler (cc)", compiler, (1,), packages, ("--version",), layout.go),
    ]


def rust_needed(layout: "Layout") -> Version:
    """`rust-version` of the workspace."""
    manifest = tomllib.loads((layout.rust / "Cargo.toml").read_text(encoding="utf-8"))
    return version_in(manifest["workspace"]["package"]["rust-version"]) or ()


def go_needed(layout: "Layout") -> Version:
    """The line `go` of go.mod."""
    line = re.search(r"^go (\S+)$", (layout.go / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    return (version_in(line[1]) if line else None) or ()


def version_in(text: str) -> Version | None:
    """The first dotted number in `text`; `go version go1.26.8 linux/amd64` gives (1, 26, 8)."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in match[0].split(".")) if match else None


def dotted(version: Version) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))
