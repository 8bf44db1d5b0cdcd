"""What waits to be written, in an order that lets small calls pass large ones. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITE_BYTES = 1 << 20
"""The most that goes out in one write, but for a single larger frame."""


class Outbox:
    """Single frames and the first frames of calls first in, first out; then of each large call one piece, in turn."""

    def __init__(self) -> None:
        self._ready: deque[tuple[int, bytes]] = deque()
        self._large: deque[Iterator[bytes]] = deque()
        self._put = 0
        self.taken = 0
        """How many of what `put` and `put_frame` numbered were taken to be written."""

    def __bool__(self) -> bool:
        return bool(self._ready or self._large)

    def put(self, frames: Iterator[bytes]) -> int:
        """Take the frames of one call, whose first takes its place at once, since ids must rise; its number."""
        number = self.put_frame(next(frames))
        if (second := next(frames, None)) is not None:
            self._large.append(_chain(second, frames))
        return number

    def put_frame(self, frame: bytes) -> int:
        """Take a single frame; its number."""
        self._put += 1
        self._ready.append((self._put, frame))
        return self._put

    def take(self) -> bytes:
        """What goes out next, as one write: what is ready, then a piece of one large call; b"" when empty."""
        parts: list[bytes] = []
        size = 0
        while self._ready and (not parts or size + len(self._ready[0][1]) <= WRITE_BYTES):
            self.taken, frame = self._ready.popleft()
            parts.append(frame)
            size += len(frame)
        if not self._ready and (not parts or size < WRITE_BYTES // 2):
            parts += self._piece()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _piece(self) -> list[bytes]:
        """The next piece of the call whose turn it is."""
        while self._large:
            frames = self._large.popleft()
            if (piece := next(frames, None)) is not None:
                self._large.append(frames)
                return [piece]
        return []


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
