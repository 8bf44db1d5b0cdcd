"""The plug-in point: code of one's own that sees each call before it is forwarded and after it is answered.

`--interceptor MODULE:CLASS` makes one object of the class; several are asked in the order of the flags. The event loop
runs them, so they must not block: what takes time is awaited. They see a payload's length, never its bytes.
`docs/proxy.md` shows one, `gateway.proxy.fault_injector` is another.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.errors import Refusal
from gateway.proxy import header
from gateway.proxy.failure import Failure
from gateway.wire.lists_generated import Executed, Reason, Status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.proxy.call import Call
    from gateway.proxy.header import Fields

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InterceptedCall:
    """What is known of a call before it is forwarded."""

    channel: str
    """`gateway` or `gateway-unary`."""
    kernel: str
    codec: int
    request_bytes: int
    deadline_ns: int
    """Time left when the call came, 0 for none."""
    trace_context: bytes
    """Empty, or 16 bytes of trace id, 8 of span id, 1 of flags."""
    tracestate: bytes


@dataclass(frozen=True)
class InterceptedReceipt:
    """How a call ended."""

    status: int
    reason: int
    executed: int
    reply_bytes: int

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.status == Status.OK


class Interceptor(Protocol):
    """What a class has to have. Its constructor takes no argument."""

    def before(self, call: InterceptedCall) -> Failure | Awaitable[Failure | None] | None:
        """Let the call pass (None), or answer it with a failure; an awaitable holds it until it is done."""

    def after(self, call: InterceptedCall, receipt: InterceptedReceipt) -> None:
        """See how a call ended that was let pass or refused, by whomever."""


class Intercepted:
    """One call with those who want to see its end."""

    __slots__ = ("_call", "_interceptors")

    def __init__(self, interceptors: Sequence[Interceptor], call: InterceptedCall) -> None:
        self._interceptors = interceptors
        self._call = call

    def after(self, receipt: Fields) -> None:
        """Tell everyone; one that raises is logged and does the call no harm."""
        found = InterceptedReceipt(*(receipt[: header.REPLY_BYTES + 1]))
        for interceptor in self._interceptors:
            try:
                interceptor.after(self._call, found)
            except Exception:
                log.exception("interceptor %s failed after a call", type(interceptor).__name__)


class Chain:
    """The interceptors, in their order."""

    def __init__(self, interceptors: Sequence[Interceptor]) -> None:
        self._interceptors = tuple(interceptors)
        self._tasks: set[asyncio.Task[None]] = set()

    def before(self, call: Call, fields: Fields, channel: str, proceed: Callable[[], None]) -> None:
        """Ask everyone, then go on with the call or answer it."""
        seen = _seen(fields, channel)
        if call.watch is not None:
            call.watch.intercepted = Intercepted(self._interceptors, seen)
        task = asyncio.get_running_loop().create_task(self._ask(seen, call, proceed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, seen: InterceptedCall, call: Call, proceed: Callable[[], None]) -> None:
        failure = await self._first_failure(seen)
        if call.answered:
            return  # the caller gave it up meanwhile
        if failure is not None:
            call.sink.fail(call, failure)
        else:
            proceed()

    async def _first_failure(self, seen: InterceptedCall) -> Failure | None:
        for interceptor in self._interceptors:
            try:
                answer = interceptor.before(seen)
                failure = await answer if inspect.isawaitable(answer) else answer
            except Exception:
                log.exception("interceptor %s failed before a call", type(interceptor).__name__)
                text = f"interceptor {type(interceptor).__name__} failed; the proxy's log says how"
                return Failure(Reason.INTERNAL_ERROR, text, Executed.NO)
            if failure is not None:
                return failure
        return None


def load(names: Sequence[str]) -> Chain | None:
    """The chain of `MODULE:CLASS` names, None for none; a name that leads nowhere is refused."""
    return Chain([_make(name) for name in names]) if names else None


def _make(name: str) -> Interceptor:
    from importlib import import_module

    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise Refusal(
            f"interceptor {name!r} is not MODULE:CLASS", "write it like gateway.proxy.fault_injector:FaultInjector"
        )
    try:
        return getattr(import_module(module), attribute)()
    except (ImportError, AttributeError) as error:
        raise Refusal(f"interceptor {name!r} cannot be loaded", f"{error}; is it on PYTHONPATH?") from error


def _seen(fields: Fields, channel: str) -> InterceptedCall:
    return InterceptedCall(
        channel,
        fields[header.KERNEL].decode("utf-8", "replace"),
        fields[header.CODEC],
        fields[header.TOTAL_BYTES],
        fields[header.DEADLINE_NS],
        fields[header.TRACE_CONTEXT],
        fields[header.TRACESTATE],
    )
