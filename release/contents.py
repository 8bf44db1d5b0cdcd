"""Where two archives differ, member by member."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MEMBERS_SHOWN = 10

Member = tuple[str, int, str]
"""SHA-256, mode, and time as the archive writes it."""


def differences(one: Path, two: Path) -> list[str]:
    """A line a member that differs; a line for the whole file where it is no archive or is missing."""
    if not (one.is_file() and two.is_file()):
        return [f"  {one.name}: only in one of them"]
    before, after = members(one), members(two)
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    lines = [f"  {one.name}: {name}: {before.get(name)} and {after.get(name)}" for name in names[:_MEMBERS_SHOWN]]
    more = [f"  {one.name}: {len(names) - _MEMBERS_SHOWN} more"] if len(names) > _MEMBERS_SHOWN else []
    return [*lines, *more] or [f"  {one.name}: the same members, packed differently"]


def members(path: Path) -> dict[str, Member]:
    """Name → what is known of it; {"": …} of a file that is no archive."""
    if zipfile.is_zipfile(path):
        return dict(_of_zip(path))
    if tarfile.is_tarfile(path):
        return dict(_of_tar(path))
    return {"": (hashlib.sha256(path.read_bytes()).hexdigest(), 0, "")}


def _of_zip(path: Path) -> Iterator[tuple[str, Member]]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            digest = hashlib.sha256(archive.read(entry)).hexdigest()
            yield entry.filename, (digest, entry.external_attr >> 16, str(entry.date_time))


def _of_tar(path: Path) -> Iterator[tuple[str, Member]]:
    with tarfile.open(path) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isreg() else None
            digest = hashlib.sha256(file.read() if file else entry.linkname.encode()).hexdigest()
            yield entry.name, (digest, entry.mode, str(entry.mtime))
