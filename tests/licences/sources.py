"""Where dependencies and their licences are read: cargo's metadata, Go's module files, Python's installed metadata."""

import csv
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

ROOT = pathlib.Path(__file__).parents[2]
GO_OWN = "github.com/sidecar-ipc/gateway"


@dataclasses.dataclass(frozen=True)
class Dependency:
    """One dependency and the licence that it declares."""

    language: str
    name: str
    licence: str


def rust_crates() -> list[Dependency]:
    """Every crate of Cargo.lock that is not ours, by the `license` of its manifest."""
    text = _run(["cargo", "metadata", "--format-version=1", "--locked"], ROOT / "rust_worker")
    crates = [crate for crate in json.loads(text)["packages"] if crate["source"]]
    return [Dependency("Rust", f"{crate['name']} {crate['version']}", crate["license"] or "none") for crate in crates]


def go_modules() -> list[Dependency]:
    """Every module that our Go packages link, by its licence file."""
    goroot = _run(["go", "env", "GOROOT"], ROOT / "go_service").strip()
    tool = ROOT / "build" / "tools" / "go-licenses"
    command = [str(tool), "report", "./...", f"--ignore={GO_OWN}"]
    text = _run(command, ROOT / "go_service", {"GOROOT": goroot})
    return sorted({Dependency("Go", name, licence) for name, _, licence in csv.reader(text.splitlines())}, key=str)


def python_packages() -> list[Dependency]:
    """Every package installed in the environment, by its metadata."""
    script = pathlib.Path(sys.executable).with_name("pip-licenses")
    rows = json.loads(_run([str(script), "--from=mixed", "--format=json", "--with-system"], ROOT))
    ours = "sidecar-ipc-gateway"
    return [
        Dependency("Python", f"{row['Name']} {row['Version']}", row["License"]) for row in rows if row["Name"] != ours
    ]


def _run(command: list[str], folder: pathlib.Path, environment: Mapping[str, str] | None = None) -> str:
    env = os.environ | (environment or {})
    return subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True, text=True).stdout
