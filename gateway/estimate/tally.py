"""A profile's samples added up by function, in one pass. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.estimate.cpu_profile import CpuProfile, Frame, Stack
    from gateway.estimate.symbol import Symbol


@dataclass(slots=True)
class Tally:
    """One function's CPU time, ns: with all that it calls, by itself, by kind of work below it, by caller.

    `leaf_ns` is by itself and in the runtime below it. Callers are the nearest ones above that are not of the standard
    library, None for none; `into_ns` are those right above where the compiler put it into them.
    """

    cumulative_ns: int = 0
    flat_ns: int = 0
    leaf_ns: int = 0
    work_ns: dict[str, int] = field(default_factory=dict[str, int])
    callers_ns: dict[Symbol | None, int] = field(default_factory=dict["Symbol | None", int])
    into_ns: dict[Symbol, int] = field(default_factory=dict["Symbol", int])

    @property
    def caller(self) -> Symbol | None:
        """The caller that most of the time comes from."""
        return max(self.callers_ns, key=lambda one: self.callers_ns[one], default=None)

    @property
    def into(self) -> Symbol | None:
        """The function into which most of it was inlined; None where more of it was not."""
        if 2 * sum(self.into_ns.values()) < self.cumulative_ns:
            return None
        return max(self.into_ns, key=lambda one: self.into_ns[one], default=None)


def tallies(profile: CpuProfile) -> dict[Symbol, Tally]:
    """Return the tally of every function; one that calls itself counts once a sample."""
    found: dict[Symbol, Tally] = {}
    for stack in profile.stacks:
        _add(found, stack)
    return found


def work(frames: tuple[Frame, ...]) -> str:
    """Return the kind of work of a sample by its frames, the leaf first; empty for computing."""
    return next((kind for one in frames if (kind := one.function.work)), "")


def _add(found: dict[Symbol, Tally], stack: Stack) -> None:
    kind, callers, is_leaf = "", _callers(stack), True
    seen: set[Symbol] = set()
    for frame, caller, above in zip(stack.frames, callers, (*stack.frames[1:], None), strict=True):
        tally = found.setdefault(frame.function, Tally())
        if frame.inlined and above:
            tally.into_ns[above.function] = tally.into_ns.get(above.function, 0) + stack.cpu_ns
        if frame.function not in seen:
            seen.add(frame.function)
            tally.cumulative_ns += stack.cpu_ns
            tally.callers_ns[caller] = tally.callers_ns.get(caller, 0) + stack.cpu_ns
            tally.work_ns[kind] = tally.work_ns.get(kind, 0) + stack.cpu_ns
            tally.leaf_ns += stack.cpu_ns if is_leaf else 0
        kind, is_leaf = kind or frame.function.work, is_leaf and frame.function.is_runtime
    found[stack.frames[0].function].flat_ns += stack.cpu_ns


def _callers(stack: Stack) -> list[Symbol | None]:
    """Return for each frame the nearest one above it that is not of the standard library."""
    callers: list[Symbol | None] = []
    above: Symbol | None = None
    for frame in reversed(stack.frames):
        callers.append(above)
        above = above if frame.function.is_standard else frame.function
    return callers[::-1]
