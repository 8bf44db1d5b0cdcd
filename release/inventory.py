"""All that others made and that is in a release or needed for it: standard libraries, crates, modules, packages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release import crates, modules, packages, toolchains

if TYPE_CHECKING:
    from pathlib import Path

    from release.component import Component


def read(root: Path) -> list[Component]:
    """Sorted by package URL; a need that no lock file pins is left out."""
    found = [*toolchains.read(root), *crates.read(root), *modules.read(root), *packages.read(root)]
    known = {component.key for component in found}
    among = (replace(one, needs=tuple(key for key in one.needs if key in known)) for one in found)
    return sorted(among, key=lambda component: component.key)
