"""SHA-256 of what is shipped, in the form that `sha256sum -c` reads."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE = "SHA256SUMS"


def of_file(path: Path) -> str:
    """SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_folder(folder: Path) -> dict[str, str]:
    """File name → SHA-256, sorted; without the list itself."""
    return {path.name: of_file(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != FILE}


def write(folder: Path) -> None:
    """Write the list of what lies in the folder."""
    lines = (f"{digest}  {name}\n" for name, digest in of_folder(folder).items())
    (folder / FILE).write_text("".join(lines), encoding="ascii")


def read(folder: Path) -> dict[str, str]:
    """File name → SHA-256 as the list says."""
    lines = (folder / FILE).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
