"""What a built ELF file needs of the system that it runs on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64"}
_GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")

Version = tuple[int, ...]


@dataclass(frozen=True)
class Needs:
    """Size of the file, the libraries that the dynamic linker loads for it, and the oldest glibc that has its symbols.

    A static program has no libraries; `glibc` is () where none of its symbols is versioned by glibc. `machine` is the
    processor as uname(1) names it, or ELF's own name of one that is not among those we build for.
    """

    size_bytes: int
    libraries: tuple[str, ...]
    glibc: Version
    machine: str = ""

    @property
    def is_static(self) -> bool:
        """Whether it runs without any library of the system."""
        return not self.libraries


def read(path: Path) -> Needs:
    """Read them out of the dynamic section and the version needs (ELF gABI, chapter 5; LSB, symbol versioning).

    Raises ELFError, of elftools.common.exceptions, for a file that is no ELF.
    """
    from elftools.elf.dynamic import DynamicSection
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerNeedSection

    with path.open("rb") as file:
        elf = ELFFile(file)
        machine = str(elf.header["e_machine"])
        sections = list(elf.iter_sections())
        dynamic = [tag for one in sections if isinstance(one, DynamicSection) for tag in one.iter_tags()]
        libraries = [str(getattr(tag, "needed")) for tag in dynamic if tag.entry.d_tag == "DT_NEEDED"]  # noqa: B009
        needed = [one for one in sections if isinstance(one, GNUVerNeedSection)]
        names = [version.name for one in needed for _, versions in one.iter_versions() for version in versions]
    return Needs(path.stat().st_size, tuple(libraries), newest_glibc(names), _MACHINES.get(machine, machine))


def newest_glibc(symbol_versions: Iterable[str]) -> Version:
    """The highest of versions such as GLIBC_2.34, as numbers; () where there is none."""
    found = (_GLIBC.fullmatch(name) for name in symbol_versions)
    return max((tuple(map(int, match[1].split("."))) for match in found if match), default=())
