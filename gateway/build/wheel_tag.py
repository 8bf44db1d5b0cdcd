"""The platform tag of a wheel that carries built programs (PEP 600). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.build.images import GCC, LIBC
from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.build.binary import Needs

OLDEST_GLIBC = (2, 17)
"""No Python that we run on is found with an older one, so a lower tag would promise nothing more."""
_BROUGHT = LIBC | GCC
"""What such a wheel may rely on: glibc and the compilers' runtimes, which PEP 599 lists."""


def platform_tag(programs: Mapping[str, Needs]) -> str:
    """`manylinux_2_34_x86_64`: the oldest glibc that every program runs with. Refuses what no such tag is true of."""
    for name, needs in programs.items():
        _check(name, needs)
    machines = {needs.machine for needs in programs.values()}
    if len(machines) != 1:
        raise Refusal(f"programs for {', '.join(sorted(machines))} in one wheel", "build them all on one machine")
    glibc = max([OLDEST_GLIBC, *(needs.glibc for needs in programs.values())])
    return "_".join(["manylinux", *map(str, glibc[:2]), *machines])


def _check(name: str, needs: Needs) -> None:
    strange = [library for library in needs.libraries if library not in _BROUGHT]
    if strange:
        raise Refusal(f"{name} needs {', '.join(strange)}, which not every Linux with glibc has", "link it in")
