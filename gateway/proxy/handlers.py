"""Which handler serves which gRPC method. Messages go through as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from gateway.proxy import health, reflection, stream

if TYPE_CHECKING:
    from gateway.proxy.core import Core
    from gateway.proxy.fronts import Fronts
    from gateway.proxy.health import Health


class Handlers(grpc.GenericRpcHandler):
    """Every method of the proxy; what is unknown is answered in the contract's words."""

    def __init__(self, core: Core, fronts: Fronts, state: Health) -> None:
        self._core = core
        self._fronts = fronts
        unary = fronts.unary(core)
        self._unknown = grpc.unary_unary_rpc_method_handler(unary.unknown)
        self._methods: dict[str, Any] = {
            path: grpc.unary_unary_rpc_method_handler(handler) for path, handler in unary.handlers().items()
        }
        self._methods[stream.METHOD] = grpc.stream_stream_rpc_method_handler(self._serve_stream)
        for version in (reflection.V1, reflection.V1ALPHA):
            path = f"/{version}.{reflection.SERVICE}/{reflection.METHOD}"
            self._methods[path] = grpc.stream_stream_rpc_method_handler(reflection.answer)
        coding = {"request_deserializer": health.read, "response_serializer": health.write}
        self._methods[f"/{health.SERVICE}/Check"] = grpc.unary_unary_rpc_method_handler(state.check, **coding)
        self._methods[f"/{health.SERVICE}/Watch"] = grpc.unary_stream_rpc_method_handler(state.watch, **coding)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method."""
        return self._methods.get(handler_call_details.method, self._unknown)

    async def _serve_stream(self, _requests: Any, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        session = self._fronts.session(self._core, context)
        sessions = self._core.sessions
        sessions.add(session)
        if self._core.gate.draining:
            session.leave()
        try:
            await session.run()
        finally:
            sessions.discard(session)
