"""Into which base images a program fits, by rule: nothing is pulled. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.build.toolchain import dotted

if TYPE_CHECKING:
    from gateway.build.binary import Needs, Version

LIBC = frozenset(
    {
        "libc.so.6",
        "libm.so.6",
        "libdl.so.2",
        "libpthread.so.0",
        "librt.so.1",
        "libresolv.so.2",
        "ld-linux-x86-64.so.2",
        "ld-linux-aarch64.so.1",
    }
)
"""What glibc itself brings."""
GCC = frozenset({"libgcc_s.so.1", "libstdc++.so.6"})
"""What a compiler's runtime brings."""


@dataclass(frozen=True)
class Image:
    """A base image: the glibc in it, () without one, and the libraries that it has."""

    name: str
    glibc: Version
    libraries: frozenset[str] = frozenset()

    def refusal(self, needs: Needs) -> str:
        """Why a program does not run in it; empty when it does."""
        if needs.is_static:
            return ""
        if not self.glibc:
            return f"it needs glibc {dotted(needs.glibc)}, the image has none"
        missing = [name for name in needs.libraries if name not in self.libraries]
        if missing:
            return f"the image has no {', '.join(missing)}"
        if needs.glibc > self.glibc:
            return f"it needs glibc {dotted(needs.glibc)}, the image has {dotted(self.glibc)}"
        return ""


IMAGES = (
    Image("debian:13", (2, 41), LIBC | GCC),
    Image("debian:12", (2, 36), LIBC | GCC),
    Image("distroless/cc-debian12", (2, 36), LIBC | GCC),
    Image("distroless/base-debian12", (2, 36), LIBC),
    Image("alpine", ()),  # musl
    Image("distroless/static", ()),
    Image("scratch", ()),
)
"""As of November 2026."""


def fitting(needs: Needs) -> dict[str, str]:
    """Image → "fits", or why it does not."""
    return {image.name: image.refusal(needs) or "fits" for image in IMAGES}
