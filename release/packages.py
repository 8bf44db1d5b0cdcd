"""The Python packages of the lock files."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from release import licence_text
from release.component import Component, Use, package_url
from release.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KIND = "pypi"
FILES = {"requirements.lock": Use.INSTALLED, "requirements-dev.lock": Use.BUILT_WITH}
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def read(root: Path) -> list[Component]:
    """Each pinned package once, as the first of FILES uses it; licences are known of those that are installed here."""
    used: dict[tuple[str, str], Use] = {}
    for file, use in FILES.items():
        for pinned in lock(root / file):
            used.setdefault(pinned, use)
    here = {_normal(one.name): one for one in metadata.distributions()}
    asked = _asked_for(root)
    return [_component(pinned, use, here, asked) for pinned, use in sorted(used.items())]


def lock(file: Path) -> list[tuple[str, str]]:
    """(name, version) of each pinned package; a package may be pinned twice, for different Pythons."""
    return [(_normal(name), version) for name, version in _PINNED.findall(file.read_text(encoding="utf-8"))]


def _component(
    pinned: tuple[str, str], use: Use, here: Mapping[str, metadata.Distribution], asked: set[str]
) -> Component:
    name, version = pinned
    installed = here.get(name)
    if installed is None or installed.version != version:
        return Component(KIND, name, version, use, direct=name in asked)
    licence = licence_text.of_distribution(installed, spellings())
    needed = (here[one] for one in _names(installed.requires or ()) if one in here)
    needs = sorted({package_url(KIND, _normal(one.name), one.version) for one in needed})
    return Component(KIND, name, version, use, licence, needs=tuple(needs), direct=name in asked)


def _names(requirements: Iterable[str]) -> set[str]:
    """Normal names of those that apply to this system and Python, without extras (PEP 508)."""
    found = map(Requirement, requirements)
    return {_normal(one.name) for one in found if one.marker is None or one.marker.evaluate({"extra": ""})}


def _asked_for(root: Path) -> set[str]:
    """Normal names of what pyproject.toml asks for, extras too."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = (project["dependencies"], *project["optional-dependencies"].values())
    return {_normal(Requirement(line).name) for requirements in lists for line in requirements}


def spellings() -> Mapping[str, str]:
    """What packages write where they give no SPDX expression → the identifier, as the licence check reads it."""
    table = tomllib.loads((ROOT / "tests" / "licences" / "allow.toml").read_text(encoding="utf-8"))
    return table["spelling"]


def _normal(name: str) -> str:
    """The one spelling of a name (PyPA, name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()
