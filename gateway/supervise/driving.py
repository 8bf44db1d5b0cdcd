"""A load driver that calls what others have started, for as long as a `with` block lasts."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from gateway.supervise import roles
from gateway.supervise.surroundings import surroundings

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise.child import Child
    from gateway.supervise.programs import Programs


class Driving:
    """Context manager over the driver: `driver` is the stub of DriverService, `driver_process` the process.

    `addresses` maps a channel to where it leads. The driver is not started again: its scenarios would be lost.
    """

    driver: "driver_pb2_grpc.DriverServiceStub"
    driver_process: "Child"

    def __init__(
        self, programs: "Programs", addresses: dict[str, str], environment: dict[str, str] | None = None
    ) -> None:
        self._programs = programs
        self._addresses = addresses
        self._environment = environment or {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            around = stack.enter_context(surroundings(self._environment))
            self.driver_process = roles.driver(self._programs.driver, (), self._addresses, around)
            stack.callback(self.driver_process.stop)
            self.driver = stub(stack, self.driver_process)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def check(self) -> None:
        """Raise a Failure with the end of the log when the driver died."""
        self.driver_process.check()


def stub(stack: ExitStack, driver: "Child") -> "driver_pb2_grpc.DriverServiceStub":
    """The stub of a driver's service; `stack` closes its connection."""
    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise.rpc import connect

    return driver_pb2_grpc.DriverServiceStub(stack.enter_context(connect(driver.endpoints["driver"])))
