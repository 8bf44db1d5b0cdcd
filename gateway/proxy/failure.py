"""How a call fails: a reason of the contract, and a text for a person."""

from typing import NamedTuple

from gateway.wire.lists_generated import MAX_TEXT_BYTES, Executed, Reason

RETRY_AFTER_NS = 10_000_000
"""When to come back to a proxy that has too much in hand: calls take milliseconds."""


class Failure(NamedTuple):
    """A failed call. The text never holds a byte of a payload; `retry_after_ns` 0 means not stated."""

    reason: Reason
    text: str
    executed: Executed
    retry_after_ns: int = 0

    @property
    def receipt(self) -> list[int | bytes]:
        """The fields of `wire.v1.Receipt`."""
        text = self.text.encode()[:MAX_TEXT_BYTES]
        return [self.reason.status, self.reason, self.executed, 0, 0, self.retry_after_ns, text, b"", b""]


def fail(reason: Reason, text: str, *, retry_after_ns: int = 0) -> Failure:
    """A failure with what the reason says of the kernel."""
    return Failure(reason, text, reason.executed, retry_after_ns)


def not_executed(reason: Reason, text: str) -> Failure:
    """A failure that certainly did not reach the kernel, whatever its reason usually says."""
    return Failure(reason, text, Executed.NO)


def queue_full(text: str) -> Failure:
    """`QUEUE_FULL` with the time to come back."""
    return fail(Reason.QUEUE_FULL, text, retry_after_ns=RETRY_AFTER_NS)
