"""What exists around all children of a supervisor: socket folder, lifeline, clock offset."""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway import clock
from gateway.supervise import sockets
from gateway.supervise.child import Surroundings
from gateway.wire.lists_generated import CONTRACT_MAJOR

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


@contextmanager
def surroundings(
    environment: dict[str, str], log: "Callable[[str, str], None] | None" = None
) -> "Generator[Surroundings]":
    """Make them, and remove them at the end; closing the lifeline ends every child that still lives."""
    with sockets.private_folder() as folder:
        read_end, write_end = os.pipe()
        try:
            yield Surroundings(folder, read_end, clock.offset_ns(), CONTRACT_MAJOR, environment, log)
        finally:
            os.close(write_end)
            os.close(read_end)
