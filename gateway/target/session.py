"""What `verify` and `call` talk to by `--target`: processes of their own, or a stack of containers and a driver."""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.sampled_call import EXPORTER
from gateway.supervise import Driving, Session, SessionOptions
from gateway.supervise.rpc import driver_errors
from gateway.system import usable_cpus
from gateway.target import LOCAL
from gateway.target.stack import reached
from gateway.wire.routes import ROUTES, placement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.supervise import Programs
    from gateway.supervise.rpc import Driven
    from gateway.target.stack import Reached

PROCESS_ROUTES = tuple(route for route in ROUTES if placement_of(route) == "process")


@contextmanager
def session(
    programs: "Programs", target: str, options: SessionOptions, say: "Callable[[str], None]"
) -> "Iterator[Driven]":
    """Start a driver, and what answers it unless containers do; end all of it.

    A failed request to the driver becomes a Failure with the end of its log.
    """
    if target == LOCAL:
        with Session(programs, options) as own, driver_errors(own):
            yield own
        return
    with (
        reached(len(usable_cpus()), say) as stack,
        Driving(programs, stack.target.addresses, _environment(stack)) as driving,
        driver_errors(driving),
    ):
        yield driving


def _environment(stack: "Reached") -> dict[str, str]:
    """The driver's spans go where the containers' go, unless the user names another place."""
    if any(os.environ.get(name) for name in EXPORTER):
        return {}
    return SessionOptions(stack.spans_endpoint()).child_environment()


def routes(target: str, asked: "Sequence[str]") -> tuple[str, ...]:
    """The routes that are asked for, those into containers without any; refuses one that leads into none."""
    if target == LOCAL:
        return tuple(asked)
    for route in asked:
        if placement_of(route) != "process":
            raise Refusal(f"{route} leads into no container", "name routes to a process, or leave --target out")
    return tuple(asked) or PROCESS_ROUTES
