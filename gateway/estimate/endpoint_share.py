"""The function's share of its endpoint or process: as told, or as a CPU profile has it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import unknown

if TYPE_CHECKING:
    from gateway.estimate.cpu_profile import CpuProfile


@dataclass(frozen=True, slots=True)
class EndpointShare:
    """A share from 0 to 1, and where it comes from in a few words."""

    value: float
    origin: str


def of_profile(profile: CpuProfile, function: str) -> EndpointShare:
    """Return the cumulative share of a function by its full name; refuses one that no sample has."""
    share = profile.cumulative_share(function)
    if not share:
        raise unknown(f"function in {profile.name}", function, profile.nearest(function))
    return EndpointShare(share, f"of the CPU time in {profile.name}")
