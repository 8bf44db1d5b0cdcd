"""Whether what was built is older than its sources."""

import hashlib
import os
from typing import TYPE_CHECKING

from gateway.build.recipe import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.build.layout import Layout

SUFFIXES = (".rs", ".go", ".toml", ".lock", ".mod", ".sum", ".h", ".c", ".s", ".md", ".gz")
SKIPPED_FOLDERS = {"target", "testdata", "tools"}


def changed(layout: "Layout") -> bool:
    """Whether an output is missing or a source differs from those of the last build."""
    if not all((layout.bin / name).is_file() for name in OUTPUTS):
        return True
    return not layout.stamp.is_file() or layout.stamp.read_text(encoding="ascii") != fingerprint(layout)


def fingerprint(layout: "Layout") -> str:
    """A hash over name, size and time of change of every source; contents are left to the compilers' own checks."""
    digest = hashlib.sha256()
    for entry in sorted(_files(layout.rust, layout.go)):
        digest.update(repr(entry).encode())
    return digest.hexdigest()


def _files(*folders: "Path | str") -> "Iterator[tuple[str, int, int]]":
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED_FOLDERS:
                    yield from _files(entry.path)
            elif entry.name.endswith(SUFFIXES) and not entry.name.endswith("_test.go"):
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
