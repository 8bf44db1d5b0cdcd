"""What journeys run on: a worker, a service a route, and the driver as their client. Starts processes."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from gateway.bench import processes
from gateway.bench.journey_requests import CATALOGUE
from gateway.bench.placement import FREE, SAME, CpuSets
from gateway.errors import Failure
from gateway.gen.bench.v1 import driver_pb2, driver_pb2_grpc, journey_pb2_grpc
from gateway.supervise import backends, roles
from gateway.supervise.keeper import Kept
from gateway.supervise.rpc import connect, driver_errors
from gateway.supervise.surroundings import surroundings
from gateway.system import stay_on, usable_cpus
from gateway.wire.routes import is_proxied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.gen.bench.v1 import journey_pb2
    from gateway.supervise import Programs
    from gateway.supervise.child import Child, Surroundings

PRELOAD = ("--preload",)
SERVICE = ("--http", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--no-access-log")
_ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class JourneyBed:
    """The processes, ready. `services` has one a route, whose kernels all take it, so that its heap is its own."""

    programs: Programs
    sets: CpuSets
    driver_process: Child
    driver: driver_pb2_grpc.DriverServiceStub
    journeys: journey_pb2_grpc.JourneyServiceStub
    answering: backends.Backends
    services: dict[str, Kept]
    _stack: ExitStack
    _around: Surroundings

    def check(self) -> None:
        """Raise a Failure with the end of the log of a process that died."""
        self.answering.check()
        for service in self.services.values():
            service.check()
        self.driver_process.check()

    def unavailable(self, kernels: Iterable[str], route: str) -> str:
        """Return why not all of the kernels can take the route here; empty when they can."""
        wanted = set(kernels)
        described = self.driver.Describe(driver_pb2.DescribeRequest()).routes
        found = [one.unavailable for one in described if one.kernel in wanted and one.route == route]
        return next(filter(None, found), "" if found else "the driver does not know it")

    def offered(self) -> set[str]:
        """Return the kernels that HTTP carries, as a service tells that was told no route."""
        service = self._start(())
        try:
            listed = _get(service.endpoints["http"], CATALOGUE)["kernels"]
        except (OSError, HTTPException, ValueError, KeyError) as error:
            raise Failure("the service does not list its kernels", "`gateway build` makes one that does") from error
        finally:
            service.stop()
        return {one["kernel"] for one in listed}

    def serve(self, route: str, kernels: Iterable[str]) -> None:
        """Start the service whose kernels take the route."""
        service = self._start(tuple(part for kernel in kernels for part in ("--route", f"{kernel}={route}")))
        self._stack.callback(service.stop)
        service.pin(set(self.sets.worker))
        self.services[route] = service

    def _start(self, flags: tuple[str, ...]) -> Kept:
        start = roles.service(self.programs.service, (*SERVICE, *flags), self.answering.addresses, self._around)
        with _on(self.sets.worker):
            return Kept(start)

    def runtime(self, route: str) -> dict[str, Any]:
        """Return what the Go runtime of the route's service has used so far, go_service/service/runtime.go."""
        try:
            return _get(self.services[route].endpoints["admin"], "/runtime")
        except (OSError, HTTPException, ValueError) as error:
            self.check()
            what = f"the service by {route} does not tell what its runtime used: {type(error).__name__}"
            raise Failure(what, "run the command again; see `gateway doctor`") from error

    def answer(self, route: str, request: journey_pb2.HttpRequest) -> tuple[int, bytes]:
        """Return status and body of one request to the route's service."""
        connection = HTTPConnection(self.services[route].endpoints["http"], timeout=_ANSWER_WITHIN_S)
        try:
            connection.request(request.method, request.target, request.body or None)
            answered = connection.getresponse()
            return answered.status, answered.read()
        except (OSError, HTTPException):
            self.check()
            return 0, b""
        finally:
            connection.close()

    def cpu_ns(self) -> int:
        """Return the CPU time so far of everything, ns."""
        others = sum(processes.cpu_ns(service.pid) for service in self.services.values())
        return processes.cpu_ns(self.driver_process.pid) + self._answering_cpu_ns() + others

    def cpu_ns_by(self, route: str) -> tuple[int, int, int]:
        """Return the CPU time so far of (client, the route's service, worker and proxy), ns."""
        service = processes.cpu_ns(self.services[route].pid)
        return processes.cpu_ns(self.driver_process.pid), service, self._answering_cpu_ns()

    def _answering_cpu_ns(self) -> int:
        return sum(processes.cpu_ns(kept.pid) for kept in self.answering.kept.values())


def _get(address: str, path: str) -> Any:
    connection = HTTPConnection(address, timeout=_ANSWER_WITHIN_S)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def cpu_sets(cpus: frozenset[int], policy: str) -> CpuSets:
    """Return the CPUs of the client (`driver`), and those that service and worker share (`worker`) by every route.

    The client has a quarter, at least one, so that it takes nothing from what it measures; with the policy `same`, or
    on one CPU, all share it, with `free` all may use every one.
    """
    ordered = sorted(cpus)
    if policy == FREE:
        return CpuSets(cpus, cpus)
    if policy == SAME or len(ordered) == 1:
        return CpuSets(frozenset(ordered[:1]), frozenset(ordered[:1]))
    client = max(1, len(ordered) // 4)
    return CpuSets(frozenset(ordered[:client]), frozenset(ordered[client:]))


@contextmanager
def started(programs: Programs, sets: CpuSets, routes: Iterable[str]) -> Iterator[JourneyBed]:
    """Start worker and client, and the proxy where a route needs it; end everything, the services too."""
    with ExitStack() as stack:
        around = stack.enter_context(surroundings({}))
        options = backends.BackendOptions(any(map(is_proxied, routes)), PRELOAD)
        with _on(sets.worker):
            answering = backends.start(stack, programs, around, options)
        for kept in answering.kept.values():
            kept.pin(set(sets.worker))
        with _on(sets.driver):
            driver = roles.driver(programs.driver, (), answering.addresses, around)
        stack.callback(driver.stop)
        channel = stack.enter_context(connect(driver.endpoints["driver"]))
        stubs = driver_pb2_grpc.DriverServiceStub(channel), journey_pb2_grpc.JourneyServiceStub(channel)
        bed = JourneyBed(programs, sets, driver, *stubs, answering, {}, stack.enter_context(ExitStack()), around)
        stack.enter_context(driver_errors(bed))
        yield bed


@contextmanager
def _on(cpus: frozenset[int]) -> Iterator[None]:
    """Start children on the CPUs: runtimes count those that they may use when they start."""
    before = usable_cpus()
    stay_on(cpus)
    try:
        yield
    finally:
        stay_on(before)
