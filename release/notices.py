"""NOTICE as it goes with programs: our own, then the terms of all that is linked into them. Pure but for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release import licence_text
from release.component import Use
from release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from release.component import Component

FILE = "NOTICE"
_RULE = "=" * 100


def document(root: Path, components: Sequence[Component]) -> str:
    """Our NOTICE, a list of what is linked, each text once with the packages that it goes with."""
    linked = [component for component in components if component.use is Use.LINKED]
    texts = _texts(linked, _Fallbacks(linked, (root / "LICENSE").read_text(encoding="utf-8")))
    own = (root / FILE).read_text(encoding="utf-8")
    return "\n".join([own, _RULE, _list(linked), *(_section(names, text) for text, names in texts.items())])


def _list(linked: Iterable[Component]) -> str:
    lines = (f"  {component.name} {component.version}: {component.licence}" for component in linked)
    return "Linked into the programs and libraries:\n\n" + "\n".join(lines) + "\n"


def _section(names: Iterable[str], text: str) -> str:
    return f"{_RULE}\n{', '.join(names)}\n\n{text.strip()}\n"


def _texts(linked: Iterable[Component], fallbacks: _Fallbacks) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for component in linked:
        for text in _own(component) or fallbacks.of(component):
            found.setdefault(text.strip(), []).append(f"{component.name} {component.version}")
    return found


def _own(component: Component) -> list[str]:
    """Texts in the package, or in Rust's folder of licences."""
    if component.folder is None:
        return []
    found = licence_text.files(component.folder) or licence_text.named(component.folder, component.licence)
    return [file.read_text(encoding="utf-8", errors="replace") for file in found]


class _Fallbacks:
    """For packages that leave the text out: a sibling's of the same repository, or the standard Apache-2.0."""

    def __init__(self, linked: Iterable[Component], apache: str) -> None:
        self._apache = apache
        self._siblings: Mapping[str, list[str]] = {
            one.repository: texts for one in linked if one.repository and (texts := _own(one))
        }

    def of(self, component: Component) -> list[str]:
        """Raises ReleaseError where the terms cannot be told: without them the code must not be shipped."""
        if component.repository in self._siblings:
            return self._siblings[component.repository]
        if "Apache-2.0" in component.licence:
            return [self._apache]
        raise ReleaseError(
            f"{component.name} {component.version} is linked, and its package has no licence text",
            "find its terms and give them in NOTICE, or do without the package",
        )
