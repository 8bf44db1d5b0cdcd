"""How a call fails, the same on every channel (`protos/FAULTS.toml`). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from gateway.wire.lists_generated import MAX_TEXT_BYTES, Executed, Reason, Status

if TYPE_CHECKING:
    from gateway.gen.wire.v1.wire_pb2 import Receipt

N = TypeVar("N", Status, Reason)
RETRYABLE = frozenset({Reason.NO_WORKER, Reason.DRAINING, Reason.QUEUE_FULL, Reason.WORKER_DIED})
"""Reasons behind which another try may succeed; safe where the call was not executed."""


class CallError(Exception):
    """A failed call. Two are the same fault when code and reason agree, never by text.

    `executed` says whether the kernel may have run, `retry_after_s` when to come back (0 where nobody stated it);
    code and reason are plain numbers where a later minor of the contract sent them.
    """

    def __init__(
        self,
        code: Status | int,
        reason: Reason | int,
        executed: Executed,
        message: str = "",
        retry_after_s: float = 0.0,
    ) -> None:
        super().__init__(code, reason, executed, message, retry_after_s)
        self.code = code
        self.reason = reason
        self.executed = executed
        self.message = message
        self.retry_after_s = retry_after_s
        self.kernel = ""
        self.route = ""

    def __str__(self) -> str:
        what = " by ".join(part for part in (self.kernel, self.route) if part)
        doc = self.reason.doc.rstrip(".") if isinstance(self.reason, Reason) else f"reason {self.reason}"
        text = f" ({self.message})" if self.message else ""
        after = f"; come back in {self.retry_after_s:g} s" if self.retry_after_s else ""
        return f"{what}{': ' if what else ''}{doc}{text}{after}"

    @property
    def retryable(self) -> bool:
        """Whether the call was surely not executed and another try may succeed."""
        return self.executed is Executed.NO and self.reason in RETRYABLE

    @property
    def retryable_if_idempotent(self) -> bool:
        """Whether another try may succeed, though this one may have been executed."""
        return self.retryable or self.reason is Reason.WORKER_DIED


def failed(reason: Reason, message: str = "", executed: Executed | None = None) -> CallError:
    """An error with what its reason says of code and kernel, or with what is known better of the kernel."""
    return CallError(reason.status, reason, reason.executed if executed is None else executed, message)


def of_receipt(receipt: Receipt) -> CallError | None:
    """The error that a receipt stands for, None on success."""
    if receipt.status == Status.OK and receipt.reason == Reason.NONE:
        return None
    return CallError(
        _known(Status, receipt.status),
        _known(Reason, receipt.reason),
        Executed(receipt.executed) if receipt.executed in tuple(Executed) else Executed.UNKNOWN,
        receipt.message[:MAX_TEXT_BYTES].decode("utf-8", "replace"),
        receipt.retry_after_ns / 1e9,
    )


def _known(names: type[N], number: int) -> N | int:
    try:
        return names(number)
    except ValueError:
        return number
