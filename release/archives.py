"""Archives whose bytes follow from names, contents and execute bits alone: fixed order, times, owners and modes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can say (APPNOTE.TXT 4.4.6)."""


def tar_gz(path: Path, members: Mapping[str, Path], epoch_s: int) -> None:
    """Write name → file as a gzipped tar (ustar, POSIX.1-1988); gzip's header has no name and no time (RFC 1952)."""
    unpacked = io.BytesIO()
    with tarfile.open(fileobj=unpacked, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, file in sorted(members.items()):
            content = b"" if file.is_symlink() else file.read_bytes()
            archive.addfile(_entry(name, len(content), file, epoch_s), io.BytesIO(content))
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(unpacked.getvalue())


def zipped(path: Path, members: Mapping[str, Path]) -> None:
    """Write name → file as a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(members.items()):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _mode(file) << 16
            archive.writestr(entry, file.read_bytes())


def _entry(name: str, size_bytes: int, file: Path, epoch_s: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size_bytes, _mode(file), epoch_s
    if file.is_symlink():
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, str(file.readlink()), 0o777
    return entry


def _mode(file: Path) -> int:
    """Only the execute bit is the file's own; the rest is the umask of whoever checked it out."""
    return 0o755 if file.lstat().st_mode & 0o100 else 0o644
