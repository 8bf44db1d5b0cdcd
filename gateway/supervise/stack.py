"""The whole running path, worker, proxy and service, for as long as a `with` block lasts."""

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from gateway.supervise import backends, roles
from gateway.supervise.keeper import Kept
from gateway.supervise.surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gateway.supervise.programs import Programs

PRELOAD = ("--preload",)
"""No caller waits for what a kernel keeps resident."""


@dataclass(frozen=True)
class Running:
    """A process as it is told to people."""

    role: str
    pid: int
    endpoints: dict[str, str]


class Stack:
    """Context manager: starts worker, proxy unless told not to, and service; keeps them alive, ends them in reverse."""

    def __init__(
        self,
        programs: "Programs",
        service_arguments: "tuple[str, ...]",
        log: "Callable[[str, str], None] | None" = None,
        *,
        proxied: bool = True,
    ) -> None:
        self._programs = programs
        self._service_arguments = service_arguments
        self._proxied = proxied
        self._log = log
        self._gave_up = threading.Event()
        self._kept: dict[str, Kept] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            around = stack.enter_context(surroundings({}, self._log))
            options = backends.BackendOptions(self._proxied, PRELOAD)
            started = backends.start(stack, self._programs, around, options, self._gave_up)
            start_service = roles.service(self._programs.service, self._service_arguments, started.addresses, around)
            service = Kept(start_service, self._gave_up)
            stack.callback(service.stop)
            self._kept = {**started.kept, "service": service}
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def running(self) -> list[Running]:
        """The processes of now."""
        return [Running(role, kept.pid, kept.endpoints) for role, kept in self._kept.items()]

    def wait(self) -> None:
        """Block until a role is given up, and raise its Failure; a signal ends it by its exception."""
        self._gave_up.wait()
        for kept in self._kept.values():
            kept.check()
