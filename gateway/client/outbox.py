"""What waits to be written, in an order that lets small calls pass large ones. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Outbox:
    """Whole frames first in, first out; of each large call one piece at a time, in turn."""

    def __init__(self) -> None:
        self._ready: deque[bytes] = deque()
        self._large: deque[Iterator[bytes]] = deque()
        self.takes = 0
        """How often something was taken: what was put since the last time has not been written."""

    def __bool__(self) -> bool:
        return bool(self._ready or self._large)

    def put(self, frames: Iterator[bytes]) -> None:
        """Take the frames of one call; the first takes its place at once, since ids must rise."""
        self._ready.append(next(frames))
        if (second := next(frames, None)) is not None:
            self._large.append(_chain(second, frames))

    def put_frame(self, frame: bytes) -> None:
        """Take a single frame."""
        self._ready.append(frame)

    def take(self) -> bytes:
        """What goes out next, as one write: all that is ready, then a piece of one large call; b"" when empty."""
        self.takes += 1
        parts = list(self._ready)
        self._ready.clear()
        if self._large:
            frames = self._large.popleft()
            if (piece := next(frames, None)) is not None:
                parts.append(piece)
                self._large.append(frames)
            elif not parts:
                return self.take()
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
