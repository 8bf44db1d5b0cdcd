"""All that others made and that is in a release or needed for it: standard libraries, crates, modules, packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release import crates, modules, packages, toolchains

if TYPE_CHECKING:
    from pathlib import Path

    from release.component import Component


def read(root: Path) -> list[Component]:
    """Sorted by package URL."""
    found = [*toolchains.read(root), *crates.read(root), *modules.read(root), *packages.read(root)]
    return sorted(found, key=lambda component: component.key)
