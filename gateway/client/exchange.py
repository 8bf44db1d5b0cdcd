"""From a typed request to a call and from its reply to a typed response: what both flavours of client share. Pure
but for the clock.
"""

from __future__ import annotations

import random
from time import monotonic, monotonic_ns
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar

from google.protobuf.message import Message

from gateway.client.call import Call, Reply
from gateway.client.message import decoded, encoded, method_of
from gateway.client.observation import Observation
from gateway.wire.bytes import BYTES_METHOD
from gateway.wire.lists_generated import KERNELS, MAX_KERNEL_NAME_BYTES, STAMPS

if TYPE_CHECKING:
    from gateway.client.address import Settings
    from gateway.client.error import CallError

M = TypeVar("M", bound=Message)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 1.0
IDEMPOTENT = frozenset(kernel.name for kernel in KERNELS if kernel.idempotent)
METHODS = {kernel.name: kernel.method for kernel in KERNELS}


class Options(TypedDict, total=False):
    """What a single call may add: `timeout_s` in place of the client's, W3C's trace context as header values."""

    timeout_s: float
    traceparent: str
    tracestate: str


class Exchange(Generic[M]):
    """One call of a kernel, over all its tries: `begin`, then `finish` or `pause_s`, and `observation` at the end."""

    def __init__(
        self, settings: Settings, kernel: str, request: Message, response: type[M], options: Options, *, stamps: bool
    ) -> None:
        self._start_ns = monotonic_ns() if stamps else 0
        self._method = _method(kernel, request)
        self._settings = settings
        self._kernel = kernel
        self._request = request
        self._response = response
        self._options = options
        self._stamps = stamps
        timeout_s = options.get("timeout_s", settings.timeout_s)
        self._deadline_s = None if timeout_s is None else monotonic() + timeout_s
        self._tries = 0

    def begin(self) -> Call:
        """The next try's call."""
        self._tries += 1
        self._entered_ns = self._now_ns()
        payload = encoded(self._request, self._settings.codec)
        self._encoded_ns = self._now_ns()
        self._call = Call(
            self._kernel,
            self._method,
            self._settings.codec,
            payload,
            self._deadline_s,
            self._stamps,
            self._options.get("traceparent", ""),
            self._options.get("tracestate", ""),
        )
        return self._call

    def finish(self, reply: Reply) -> M:
        """The typed response; raises CallError for a reply that is none."""
        self._reply = reply
        response = decoded(self._response, reply.payload, self._settings.codec)
        self._decoded_ns = self._now_ns()
        return response

    def pause_s(self, error: CallError) -> float:
        """Seconds to wait before the next try; raises the error, with its call named, where there is none.

        The pause doubles up to a second, with full jitter; a retry-after that the worker stated is kept.
        """
        error.kernel, error.route = self._kernel, self._settings.route
        repeatable = error.retryable or (self._kernel in IDEMPOTENT and error.retryable_if_idempotent)
        if self._tries > self._settings.retries or not repeatable:
            raise error
        pause_s = random.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self._tries - 1)))
        pause_s = max(pause_s, error.retry_after_s)
        if self._deadline_s is not None and monotonic() + pause_s >= self._deadline_s:
            raise error
        return pause_s

    def observation(self, response: M) -> Observation[M]:
        """The call with its stamps; the end of the whole is now."""
        total_ns = monotonic_ns() - self._start_ns
        receipt, written_ns = self._reply.receipt, self._call.written_ns
        own = {"t1": self._entered_ns, "t2": self._encoded_ns, "t3": written_ns, "t9": self._reply.in_hand_ns}
        worker = dict(zip(("t4", "t5", "t6", "t7", "t8"), receipt.stamps_ns, strict=False))
        return Observation(
            response,
            self._settings.route,
            {**dict.fromkeys(STAMPS, 0), **own, **worker, "t10": self._decoded_ns},
            tuple(receipt.hops_ns),
            total_ns,
            (receipt.kernel_version >> 16, receipt.kernel_version & 0xFFFF),
            len(self._call.payload),
            len(self._reply.payload),
        )

    def _now_ns(self) -> int:
        return monotonic_ns() if self._stamps else 0


def _method(kernel: str, request: Message) -> str:
    """The gRPC path of the call; raises ValueError for a request of another kernel."""
    if not 0 < len(kernel.encode()) <= MAX_KERNEL_NAME_BYTES:
        raise ValueError(f"a kernel's name has 1 to {MAX_KERNEL_NAME_BYTES} bytes")
    path = method_of(type(request)).path
    if path != METHODS.get(kernel, BYTES_METHOD):
        raise ValueError(f"{type(request).__name__} is no request of {kernel}: a kernel without a proto takes bytes")
    return path
