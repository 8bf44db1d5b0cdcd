"""One package of somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path


class Use(StrEnum):
    """What becomes of a package."""

    LINKED = "linked"
    """Its code is in a program or library that is shipped."""
    INSTALLED = "installed"
    """It is installed beside the wheel, whole or with an extra."""
    BUILT_WITH = "built-with"
    """A lock file has it for building, testing, or another system; nothing of it is shipped."""


@dataclass(frozen=True)
class Component:
    """Its package URL type (`cargo`, `golang`, `pypi`), name, version and what is known of it.

    `licence` is an SPDX expression, "" where none could be told. `sha256` is of the archive that the registry serves.
    `folder` is where its files lie on this machine, None where it is not here. `repository` is "" where it is not told.
    `needs` are the `key`s of others. `direct` is whether we ask for it ourselves, as far as is known.
    """

    kind: str
    name: str
    version: str
    use: Use
    licence: str = ""
    sha256: str = ""
    folder: Path | None = None
    repository: str = ""
    needs: tuple[str, ...] = ()
    direct: bool = True

    @property
    def key(self) -> str:
        """Its package URL."""
        return package_url(self.kind, self.name, self.version)


def package_url(kind: str, name: str, version: str) -> str:
    """`pkg:kind/name@version` (https://github.com/package-url/purl-spec)."""
    return f"pkg:{kind}/{name}@{quote(version)}"
