"""The Rust crates as `cargo publish` would take them: each builds out of its own archive."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tomllib
from typing import TYPE_CHECKING

import pytest

from gateway import __version__
from gateway.config import ROOT
from protos.generator import copies

if TYPE_CHECKING:
    from pathlib import Path

RUST = ROOT / "rust_worker"
PUBLISHED = tuple(f"sidecar-{name}" for name in copies.CRATES)


def cargo(*arguments: str) -> None:
    """Offline, sharing what was compiled before."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(RUST / "target"), "CARGO_NET_OFFLINE": "true"}
    command = ("cargo", *arguments, "--allow-dirty", "--locked", "--quiet")
    done = subprocess.run(command, cwd=RUST, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def packages() -> Path:
    cargo("package", "--no-verify", *(part for name in PUBLISHED for part in ("-p", name)))
    return RUST / "target" / "package"


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_archive_has_its_licence_readme_and_metadata(packages: Path, name: str):
    with tarfile.open(packages / f"{name}-{__version__}.crate") as archive:
        top = f"{name}-{__version__}"
        names = set(archive.getnames())
        manifest = archive.extractfile(f"{top}/Cargo.toml")
        assert manifest
        package = tomllib.loads(manifest.read().decode())["package"]
    assert {f"{top}/LICENSE", f"{top}/README.md"} <= names
    assert not [one for one in names if "vectors" in one]
    assert package["license"] == "Apache-2.0"
    assert package["readme"] == "README.md"
    assert all(package.get(key) for key in ("description", "repository", "rust-version"))


def test_only_the_test_beds_own_crate_is_not_published():
    members = tomllib.loads((RUST / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["members"]
    held_back = [
        name
        for name in members
        if tomllib.loads((RUST / name / "Cargo.toml").read_text(encoding="utf-8"))["package"].get("publish") is False
    ]
    assert held_back == ["references"]
    assert {*members} == {*copies.CRATES, *held_back}


def test_the_kernels_build_out_of_their_archives_alone():
    cargo("package", "-p", "sidecar-wire", "-p", "sidecar-kernels")
