"""One version for the three languages: pyproject.toml's; whoever else states one is checked against it."""

from __future__ import annotations

import tomllib

import pytest

from gateway import __version__
from gateway.config import ROOT
from gateway.new import scaffold

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
WORKSPACE = tomllib.loads((ROOT / "rust_worker" / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
LOCKED = tomllib.loads((ROOT / "rust_worker" / "Cargo.lock").read_text(encoding="utf-8"))["package"]
MAJOR_MINOR = VERSION.rpartition(".")[0]


def test_the_package_states_it():
    assert __version__ == VERSION


def test_every_crate_states_it():
    ours = {one["name"]: one["version"] for one in LOCKED if one["name"].startswith("sidecar-")}
    assert WORKSPACE["package"]["version"] == VERSION
    assert set(ours.values()) == {VERSION}
    assert len(ours) == len(WORKSPACE["members"])


@pytest.mark.parametrize("name", [name for name in WORKSPACE["dependencies"] if name.startswith("sidecar-")])
def test_crates_ask_for_each_other_by_it(name: str):
    assert WORKSPACE["dependencies"][name]["version"] == VERSION


@pytest.mark.parametrize(
    ("file", "stated"),
    [
        ("go_service/process/version.go", f'const Version = "{VERSION}"'),
        ("examples/own-kernel/go.mod", f"require {scaffold.GO_MODULE} v{VERSION}"),
        ("examples/own-kernel/Cargo.toml", f'sidecar-host = "{MAJOR_MINOR}"'),
        ("gateway/new/templates/Cargo.toml.tmpl", f'sidecar-host = "{MAJOR_MINOR}"'),
        ("docs/install.md", f"go get {scaffold.GO_MODULE}/client@v{VERSION}"),
    ],
)
def test_a_file_that_names_us_names_it(file: str, stated: str):
    assert stated in (ROOT / file).read_text(encoding="utf-8")


def test_a_new_project_asks_for_it():
    assert f"v{VERSION}" == scaffold.PUBLISHED
