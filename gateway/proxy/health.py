"""`grpc.health.v1.Health`: the whole and each kernel's service, after the state of the kernel's worker.

The package's servicer is made when the first question comes: most clients of a proxy never ask, and it costs the start
20 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.wire.bytes import BYTES_SERVICE
from gateway.wire.lists_generated import KERNELS

if TYPE_CHECKING:
    from gateway.proxy.gate import Gate
    from gateway.proxy.routing import Routes

SERVICE = "grpc.health.v1.Health"
OVERALL = ""


class Health:
    """Knows which services are served, and tells whoever watches."""

    def __init__(self, routes: Routes, gate: Gate) -> None:
        self._routes = routes
        self._gate = gate
        self._servicer: Any = None

    def serving(self) -> dict[str, bool]:
        """Service → whether its kernel has a worker that takes calls. The whole is served while any worker is."""
        up = {upstream: upstream.connection is not None for upstream in self._routes.upstreams}
        kernels = {kernel.service: up[self._routes[kernel.name.encode()]] for kernel in KERNELS}
        kernels[BYTES_SERVICE] = kernels[OVERALL] = any(up.values())
        return {service: served and not self._gate.draining for service, served in kernels.items()}

    async def update(self) -> None:
        """Tell those who watch."""
        if self._servicer is None:
            return
        from grpc_health.v1 import health_pb2

        status = health_pb2.HealthCheckResponse.ServingStatus
        for service, served in self.serving().items():
            await self._servicer.set(service, status.SERVING if served else status.NOT_SERVING)

    async def check(self, request: Any, context: Any) -> Any:
        """The state of one service now."""
        return await (await self._made()).Check(request, context)

    async def watch(self, request: Any, context: Any) -> None:
        """The state of one service, and each change of it."""
        await (await self._made()).Watch(request, context)

    async def _made(self) -> Any:
        if self._servicer is None:
            from grpc_health.v1 import health

            self._servicer = health.aio.HealthServicer()  # pyright: ignore[reportAttributeAccessIssue]
            await self.update()
        return self._servicer


def read(message: bytes) -> Any:
    """A question out of its bytes."""
    from grpc_health.v1 import health_pb2

    return health_pb2.HealthCheckRequest.FromString(message)


def write(message: Any) -> bytes:
    """The bytes of an answer."""
    return message.SerializeToString()
