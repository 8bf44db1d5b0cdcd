"""How many calls the proxy has answered, and how they ended; written by its event loop, read by a scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.wire.lists_generated import Executed, Reason, Status

if TYPE_CHECKING:
    from gateway.proxy.call import Call
    from gateway.proxy.failure import Failure

NO_UPSTREAM = "none"
"""Of calls that were answered before one was chosen."""
CODES = {int(status): status.name for status in Status}


class Tally:
    """One for the whole proxy. Its keys come from the command line and from closed lists."""

    __slots__ = ("_answered", "_refused")

    def __init__(self) -> None:
        self._answered: dict[tuple[str, int], int] = {}
        self._refused: dict[Reason, int] = {}

    def answer(self, call: Call) -> None:
        """Count a call that has ended; one of which no end was noted was given up by its caller."""
        self.count(getattr(call, "upstream", NO_UPSTREAM), getattr(call, "status", Status.CANCELLED))

    def count(self, upstream: str, status: int) -> None:
        """Count a call by its code."""
        key = upstream, status
        self._answered[key] = self._answered.get(key, 0) + 1

    def refuse(self, failure: Failure) -> None:
        """Count a failure of the proxy's own by its reason, unless a kernel may have run."""
        if failure.executed == Executed.NO:
            self._refused[failure.reason] = self._refused.get(failure.reason, 0) + 1

    def answered(self) -> dict[tuple[str, str], int]:
        """(Upstream, code) → calls; in one step, since another thread asks."""
        counts: dict[tuple[str, str], int] = {}
        for (upstream, status), calls in self._answered.copy().items():
            code = CODES.get(status, Status.UNKNOWN.name)
            counts[upstream, code] = counts.get((upstream, code), 0) + calls
        return counts

    def refused(self) -> dict[str, int]:
        """Reason → calls, also for reasons that were never given: a first refusal is to be seen as a rise."""
        counts = self._refused.copy()
        return {reason.name: counts.get(reason, 0) for reason in Reason if reason != Reason.NONE}
