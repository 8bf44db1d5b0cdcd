"""A supervised worker with a load driver beside it, for as long as a `with` block lasts."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise.keeper import Kept
    from gateway.supervise.programs import Programs


@dataclass(frozen=True)
class SessionOptions:
    """What the session's processes are started with."""

    otlp_endpoint: str | None = None
    """Address that children export their spans to, such as http://127.0.0.1:4317; None leaves the environment's."""
    worker_args: tuple[str, ...] = ()
    driver_args: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


class Session:
    """Context manager: starts the worker, then the driver; ends both in the order driver, worker.

    Inside the block: `driver` is the stub of DriverService; `worker` and `driver_process` have `pid` and `endpoints`
    of the process that runs now; `clock_offset_ns` is realtime minus monotonic.
    """

    driver: "driver_pb2_grpc.DriverServiceStub"
    worker: "Kept"
    driver_process: "Kept"
    clock_offset_ns: int

    def __init__(self, programs: "Programs", options: SessionOptions | None = None) -> None:
        self._programs = programs
        self._options = options or SessionOptions()

    def __enter__(self) -> "Session":
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        raise NotImplementedError

    def pin(self, process: "Kept", cpus: set[int]) -> None:
        """Let every thread of `process` run on `cpus` only."""
        raise NotImplementedError
