"""Which worker has a kernel: those that are named, the first for all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.proxy.upstream import Upstream


class Routes(dict[bytes, "Upstream"]):
    """Kernel name → upstream. A name that no flag has is the default's, and is not kept: a client could send many."""

    def __init__(self, upstreams: Sequence[Upstream], kernels: Mapping[str, str]) -> None:
        by_name = {upstream.name: upstream for upstream in upstreams}
        super().__init__({kernel.encode(): by_name[name] for kernel, name in kernels.items()})
        self.upstreams = tuple(upstreams)
        self.default = upstreams[0]

    def __missing__(self, kernel: bytes) -> Upstream:
        return self.default
