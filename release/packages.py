"""The Python packages of the lock files."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

from release import licence_text
from release.component import Component, Use
from release.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    return [_component(name, version, use, here.get(name)) for (name, version), use in sorted(used.items())]


def lock(file: Path) -> list[tuple[str, str]]:
    """(name, version) of each pinned package; a package may be pinned twice, for different Pythons."""
    return [(_normal(name), version) for name, version in _PINNED.findall(file.read_text(encoding="utf-8"))]


def _component(name: str, version: str, use: Use, installed: metadata.Distribution | None) -> Component:
    same = installed is not None and installed.version == version
    licence = licence_text.of_distribution(installed, spellings()) if installed and same else ""
    return Component(KIND, name, version, use, licence)


def spellings() -> Mapping[str, str]:
    """What packages write where they give no SPDX expression → the identifier, as the licence check reads it."""
    table = tomllib.loads((ROOT / "tests" / "licences" / "allow.toml").read_text(encoding="utf-8"))
    return table["spelling"]


def _normal(name: str) -> str:
    """The one spelling of a name (PyPA, name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()
