"""The processes behind a stack, which a test may end and whose logs it may read."""

from typing import Protocol


class Roles(Protocol):
    """What the two targets have in common: roles `worker`, `gateway` and `service`."""

    def kill(self, role: str) -> None:
        """End it by SIGKILL; another one takes its place."""

    def log(self, role: str) -> str:
        """The last lines that it has logged."""
        ...
