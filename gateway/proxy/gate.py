"""How much the proxy has in hand, and whether it takes more."""

from gateway.proxy.failure import Failure, fail, queue_full
from gateway.wire.lists_generated import Reason


class Gate:
    """One for the whole proxy."""

    __slots__ = ("draining", "in_flight", "max_in_flight", "shed", "taken")

    def __init__(self, max_in_flight: int) -> None:
        self.max_in_flight = max_in_flight
        self.in_flight = 0
        """Calls that were taken and are not answered."""
        self.taken = 0
        """Calls since the start."""
        self.shed = 0
        """Calls that were refused for want of room."""
        self.draining = False

    def enter(self) -> bool:
        """Count a call, and say whether it is taken."""
        self.taken += 1
        self.in_flight += 1
        return self.in_flight <= self.max_in_flight and not self.draining

    def refusal(self) -> Failure | None:
        """Why the call that has just entered is not taken, None when it is."""
        if self.draining:
            return fail(Reason.DRAINING, "the proxy is shutting down; call another or come back")
        if self.in_flight > self.max_in_flight:
            self.shed += 1
            return queue_full(f"the proxy has {self.max_in_flight} calls in flight, its limit; come back later")
        return None
