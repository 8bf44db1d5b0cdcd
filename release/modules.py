"""The Go modules of go.mod."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release import licence_text
from release.component import Component, Use, package_url
from release.tools import run

if TYPE_CHECKING:
    from collections.abc import Sequence

KIND = "golang"
PROGRAMS = ("./cmd/sidecar-service", "./cmd/sidecar-driver")
TAGS = "sidecar_cgo"


def read(root: Path) -> list[Component]:
    """All that go.mod requires; what the programs link is told from what tests need."""
    folder = root / "go_service"
    run("go", "mod", "download", folder=folder)
    linked, sums = _linked(folder), _sums(folder)
    listed = run("go", "list", "-m", "-json", *(one["Path"] for one in required(root)), folder=folder)
    found = _each(listed)
    needs = _graph(folder, {one["Path"]: one["Version"] for one in found})
    return [_component(one, linked, sums, needs.get(one["Path"], ())) for one in found]


def required(root: Path) -> list[dict[str, Any]]:
    """`Path` and `Version` of each requirement of go.mod, direct or not."""
    return json.loads(run("go", "mod", "edit", "-json", folder=root / "go_service"))["Require"]


def _component(module: dict[str, Any], linked: set[str], sums: dict[str, str], needs: Sequence[str]) -> Component:
    name, version = module["Path"], module["Version"]
    folder = Path(module["Dir"]) if module.get("Dir") else None
    return Component(
        KIND,
        name,
        version,
        Use.LINKED if name in linked else Use.BUILT_WITH,
        licence_text.of_folder(folder) if folder else "",
        sums.get(f"{name} {version}", ""),
        folder,
        f"https://{name}",
        tuple(needs),
        not module.get("Indirect", False),
    )


def _linked(folder: Path) -> set[str]:
    """Modules of the packages that the programs import, ours left out."""
    form = "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}"
    listed = run("go", "list", "-deps", "-tags", TAGS, "-f", form, *PROGRAMS, folder=folder)
    return set(listed.split())


def _sums(folder: Path) -> dict[str, str]:
    """`module version` → the h1 hash of go.sum in hex: SHA-256 over the sorted SHA-256 of the module's files."""
    lines = (line.split() for line in (folder / "go.sum").read_text(encoding="ascii").splitlines())
    return {
        f"{name} {version}": base64.b64decode(value.removeprefix("h1:")).hex()
        for name, version, value in lines
        if not version.endswith("/go.mod")
    }


def _graph(folder: Path, chosen: dict[str, str]) -> dict[str, list[str]]:
    """Module → keys of those that its chosen version requires, in the versions that were chosen for us."""
    found: dict[str, set[str]] = {}
    for line in run("go", "mod", "graph", folder=folder).splitlines():
        above, below = (part.partition("@") for part in line.split())
        if chosen.get(above[0]) == above[2] and below[0] in chosen:
            found.setdefault(above[0], set()).add(package_url(KIND, below[0], chosen[below[0]]))
    return {name: sorted(keys) for name, keys in found.items()}


def _each(text: str) -> list[dict[str, Any]]:
    """The documents of a stream of JSON documents."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        found.append(document)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found
