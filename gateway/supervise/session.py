"""A supervised worker, a proxy or references where wanted, and a load driver, for as long as a `with` block lasts."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gateway.supervise import backends, references, roles
from gateway.supervise.driving import stub
from gateway.supervise.surroundings import surroundings

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise.child import Child, Surroundings
    from gateway.supervise.keeper import Kept
    from gateway.supervise.programs import Programs

EXPORT_DELAY_MS = 100
"""Spans are awaited here, so children may not keep them for the usual 5 s."""


@dataclass(frozen=True)
class SessionOptions:
    """What the session's processes are started with."""

    otlp_endpoint: str | None = None
    """Address that children export their spans to, such as http://127.0.0.1:4317; None leaves the environment's."""
    proxied: bool = False
    """Whether a route of the session leads through the proxy."""
    references: bool = False
    """Whether the plain echoes that routes are held against are started too."""
    worker_args: tuple[str, ...] = ()
    driver_args: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def child_environment(self) -> dict[str, str]:
        """The variables that children get beside our own."""
        if self.otlp_endpoint is None:
            return self.environment
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.otlp_endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_BSP_SCHEDULE_DELAY": str(EXPORT_DELAY_MS),
            **self.environment,
        }


class Session:
    """Context manager: starts the worker, proxy and references where wanted, then the driver; ends them in reverse.

    Inside the block: `driver` is the stub of DriverService; `worker` and `proxy` (started again when they die) and
    `references` and `driver_process` (not started again: its scenarios would be lost) have `pid` and `endpoints` of the
    process that runs now; `clock_offset_ns` is realtime minus monotonic.
    """

    driver: "driver_pb2_grpc.DriverServiceStub"
    worker: "Kept"
    proxy: "Kept | None"
    references: "tuple[Child, ...]"
    driver_process: "Child"
    clock_offset_ns: int

    def __init__(self, programs: "Programs", options: SessionOptions | None = None) -> None:
        self._programs = programs
        self._options = options or SessionOptions()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            around = stack.enter_context(surroundings(self._options.child_environment()))
            self.clock_offset_ns = around.clock_offset_ns
            self._backends = self._start_backends(stack, around)
            self.worker, self.proxy = self._backends.worker, self._backends.proxy
            self.references = self._start_references(stack, around)
            arguments = (*references.flags(self.references), *self._options.driver_args)
            self.driver_process = roles.driver(self._programs.driver, arguments, self._backends.addresses, around)
            stack.callback(self.driver_process.stop)
            self.driver = stub(stack, self.driver_process)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def pin(self, process: "Kept | Child", cpus: set[int]) -> None:
        """Let every thread of `process` run on `cpus` only, also after a restart."""
        process.pin(cpus)

    def check(self) -> None:
        """Raise a Failure with the end of the log when the driver or a reference died or another was given up."""
        self._backends.check()
        for reference in self.references:
            reference.check()
        self.driver_process.check()

    def _start_backends(self, stack: ExitStack, around: "Surroundings") -> backends.Backends:
        options = backends.BackendOptions(self._options.proxied, self._options.worker_args)
        return backends.start(stack, self._programs, around, options)

    def _start_references(self, stack: ExitStack, around: "Surroundings") -> "tuple[Child, ...]":
        return references.start(stack, self._programs.references, around) if self._options.references else ()
