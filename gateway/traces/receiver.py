"""An OTLP/gRPC receiver inside the test bed: keeps the spans that children export. Opens a port on loopback."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from gateway.errors import Failure

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

MAX_SPANS = 100_000
"""Spans beyond are dropped and counted, so that no child can fill the memory."""


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Context manager: serves OTLP/gRPC at `endpoint` and keeps what comes."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._kept: list[ResourceSpans] = []
        self._count = 0
        self.dropped = 0
        self.keeping = True
        """Whether spans are kept; while rounds price tracing nobody reads them."""
        self._server = grpc.server(ThreadPoolExecutor(max_workers=2, thread_name_prefix="otlp"))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)

    def __enter__(self) -> Self:
        try:
            self._port = self._server.add_insecure_port("127.0.0.1:0")
        except RuntimeError as error:
            raise Failure(
                "cannot open a loopback port for traces", "set OTEL_EXPORTER_OTLP_ENDPOINT instead"
            ) from error
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=0.2).wait()

    @property
    def endpoint(self) -> str:
        """The value of OTEL_EXPORTER_OTLP_ENDPOINT for children."""
        return f"http://127.0.0.1:{self._port}"

    def Export(  # noqa: N802 - the name is the protocol's
        self,
        request: trace_service_pb2.ExportTraceServiceRequest,
        context: grpc.ServicerContext,  # noqa: ARG002 - the signature is grpc's
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        """Keep a batch of spans."""
        if not self.keeping:
            return trace_service_pb2.ExportTraceServiceResponse()
        with self._arrived:
            for resource in request.resource_spans:
                self._keep(resource)
            self._arrived.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[ResourceSpans]:
        """Return what has arrived so far."""
        with self._arrived:
            return list(self._kept)

    def wait_for(self, trace_ids: set[bytes], processes: int, timeout_s: float) -> bool:
        """Wait until every trace has spans of so many processes; False when the time was over first."""
        with self._arrived:
            return self._arrived.wait_for(lambda: self._complete(trace_ids, processes), timeout_s)

    def _keep(self, resource: ResourceSpans) -> None:
        count = sum(len(scope.spans) for scope in resource.scope_spans)
        if self._count + count > MAX_SPANS:
            self.dropped += count
            return
        self._count += count
        self._kept.append(resource)

    def _complete(self, trace_ids: set[bytes], processes: int) -> bool:
        seen: dict[bytes, set[bytes]] = {}
        for resource in self._kept:
            for trace_id in {span.trace_id for scope in resource.scope_spans for span in scope.spans}:
                seen.setdefault(trace_id, set()).add(resource.resource.SerializeToString())
        return all(len(seen.get(one, ())) >= processes for one in trace_ids)
