"""How a release says that it cannot be made."""

from __future__ import annotations


class ReleaseError(Exception):
    """An expected end: one line, what failed and what to do next."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
