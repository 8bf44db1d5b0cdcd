"""What one call tells of itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import Message

from gateway.traces.stages import CallStages, from_stamps

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Observation(Generic[M]):
    """A good call with its stamps. Times are CLOCK_MONOTONIC ns; after retries they are those of the last try.

    `stamps_ns` has t0 to t10, 0 where one was not taken; `hops_ns` p0 to p3 of each proxy on the way, the one nearest
    to the worker first. `total_ns` is end to end by a clock pair of its own.
    """

    response: M
    route: str
    stamps_ns: dict[str, int]
    hops_ns: tuple[int, ...]
    total_ns: int
    kernel_version: tuple[int, int]
    request_bytes: int
    reply_bytes: int

    @property
    def stages(self) -> CallStages:
        """The call's stages, and what they do not explain."""
        return from_stamps({**self.stamps_ns, **hop_stamps(self.hops_ns)}, self.total_ns)


def hop_stamps(hops_ns: tuple[int, ...]) -> dict[str, int]:
    """The stamps of the hop nearest to the caller by name; 0 without one."""
    nearest = hops_ns[-4:] if len(hops_ns) >= 4 else (0, 0, 0, 0)
    return {f"p{index}": stamp for index, stamp in enumerate(nearest)}
