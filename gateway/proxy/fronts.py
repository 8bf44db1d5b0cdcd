"""What a proxy is put together of; with `--metrics` those of `counted` stand in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.proxy.stream import Session
from gateway.proxy.unary import Unary
from gateway.proxy.upstream import Upstream

if TYPE_CHECKING:
    import grpc

    from gateway.proxy.core import Core
    from gateway.proxy.metrics_listener import Listener
    from gateway.proxy.spans import Spans


class Fronts:
    """Those that count nothing."""

    upstream: type[Upstream] = Upstream

    def unary(self, core: Core) -> Unary:
        """The unary methods."""
        return Unary(core)

    def session(self, core: Core, context: grpc.aio.ServicerContext[bytes, bytes]) -> Session:
        """One stream."""
        return Session(core, context)

    def listen(self, core: Core, spans: Spans | None) -> Listener | None:  # noqa: ARG002 - those that count need them
        """Show what was counted; None where nothing is."""
        return None


def chosen(metrics: str | None) -> Fronts:
    """Those that count when metrics are to be shown at HOST:PORT."""
    if metrics is None:
        return Fronts()
    from gateway.proxy.counted import CountedFronts

    return CountedFronts(metrics)
