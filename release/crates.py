"""The crates of Cargo.lock."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release.component import Component, Use, package_url
from release.tools import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KIND = "cargo"
SHIPPED = ("sidecar-worker", "sidecar-inproc", "sidecar-references")
TARGET = "x86_64-unknown-linux-gnu"
_KINDS = (None, "build")
"""Of a dependency, as cargo says it: normal ones have none."""


def read(root: Path) -> list[Component]:
    """All that Cargo.lock has and that is not ours; what SHIPPED links on Linux is told from the rest."""
    command = ("cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", TARGET)
    metadata = json.loads(run(*command, folder=root / "rust_worker"))
    packages = {package["id"]: package for package in metadata["packages"]}
    graph = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    known = {(package["name"], package["version"]): identifier for identifier, package in packages.items()}
    linked = _linked(packages, graph)
    return [
        _component(entry, packages.get(known.get((entry["name"], entry["version"]), "")), packages, graph, linked)
        for entry in lock(root)
    ]


def lock(root: Path) -> list[dict[str, Any]]:
    """The entries of Cargo.lock that come from a registry."""
    content = tomllib.loads((root / "rust_worker" / "Cargo.lock").read_text(encoding="utf-8"))
    return [entry for entry in content["package"] if "source" in entry]


def _component(
    entry: Mapping[str, Any],
    package: Mapping[str, Any] | None,
    packages: Mapping[str, Any],
    graph: Mapping[str, Any],
    linked: set[str],
) -> Component:
    """A crate that is only for another system is in the lock but not in the metadata."""
    name, version, checksum = entry["name"], entry["version"], entry["checksum"]
    if package is None:
        return Component(KIND, name, version, Use.BUILT_WITH, sha256=checksum)
    needs = _needed(graph[package["id"]], _KINDS)
    return Component(
        KIND,
        name,
        version,
        Use.LINKED if package["id"] in linked else Use.BUILT_WITH,
        (package["license"] or "").replace("/", " OR "),
        checksum,
        Path(package["manifest_path"]).parent,
        package["repository"] or "",
        tuple(sorted(package_url(KIND, packages[one]["name"], packages[one]["version"]) for one in needs)),
        package["id"] in _asked_for(packages, graph),
    )


def _asked_for(packages: Mapping[str, Any], graph: Mapping[str, Any]) -> set[str]:
    """Ids that a crate of ours names."""
    ours = (identifier for identifier, package in packages.items() if not package["source"])
    return {one for identifier in ours for one in _needed(graph[identifier], {*_KINDS, "dev"})}


def _linked(packages: Mapping[str, Any], graph: Mapping[str, Any]) -> set[str]:
    """Ids that SHIPPED reaches by normal dependencies; a procedural macro runs in the compiler, with all it needs."""
    todo = [identifier for identifier, package in packages.items() if package["name"] in SHIPPED]
    found: set[str] = set()
    while todo:
        identifier = todo.pop()
        if identifier not in found and not _is_macro(packages[identifier]):
            found.add(identifier)
            todo.extend(_needed(graph[identifier], {None}))
    return found


def _needed(node: Mapping[str, Any], kinds: Iterable[str | None]) -> list[str]:
    return [one["pkg"] for one in node["deps"] if any(how["kind"] in kinds for how in one["dep_kinds"])]


def _is_macro(package: Mapping[str, Any]) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])
