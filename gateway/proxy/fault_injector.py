"""An example of an interceptor: delays calls and fails calls, a share of those of some kernels, as a seed decides.

`gateway proxy … --interceptor gateway.proxy.fault_injector:FaultInjector` reads `SIDECAR_FAULTS`, rules with spaces
between:

    delay:KERNEL:PERCENT:MILLISECONDS    hold the call for so long
    fail:KERNEL:PERCENT:REASON           answer it with this reason of the contract; no worker sees it
    seed:NUMBER                          the same calls in the same order meet the same faults; 0 unless given

KERNEL `*` is every kernel, PERCENT may have decimals. The first rule that meets a call decides.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from typing import TYPE_CHECKING, NamedTuple

from gateway.errors import Refusal
from gateway.proxy.failure import RETRY_AFTER_NS, Failure, fail
from gateway.wire.lists_generated import Reason

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.proxy.interceptor import InterceptedCall, InterceptedReceipt

VARIABLE = "SIDECAR_FAULTS"
EVERY = "*"
PARTS = 4
REMEDY = "write rules like delay:redact:10:50 fail:*:0.5:QUEUE_FULL seed:7"

log = logging.getLogger(__name__)


class Rule(NamedTuple):
    """What happens to a share of a kernel's calls: a delay, or a failure."""

    kernel: str
    share: float
    """0 to 1."""
    delay_s: float
    reason: Reason | None

    def meets(self, kernel: str, draw: float) -> bool:
        """Whether a call with this number from 0 to 1 is among the share."""
        return self.kernel in (EVERY, kernel) and draw < self.share


class FaultInjector:
    """Follows the rules of `SIDECAR_FAULTS`, or of the text it is given."""

    def __init__(self, rules: str | None = None) -> None:
        text = os.environ.get(VARIABLE, "") if rules is None else rules
        words = text.split()
        seeds = [word.removeprefix("seed:") for word in words if word.startswith("seed:")]
        self._rules = [_rule(word) for word in words if not word.startswith("seed:")]
        self._random = random.Random(_seed(seeds))
        self.delayed = 0
        self.failed = 0

    def before(self, call: InterceptedCall) -> Failure | Awaitable[Failure | None] | None:
        """Let the call pass, hold it, or fail it."""
        for rule in self._rules:
            if not rule.meets(call.kernel, self._random.random()):
                continue
            if rule.reason is None:
                self.delayed += 1
                return asyncio.sleep(rule.delay_s)
            self.failed += 1
            return _failure(rule.reason)
        return None

    def after(self, call: InterceptedCall, receipt: InterceptedReceipt) -> None:
        """Nothing is done about an answer."""


def _failure(reason: Reason) -> Failure:
    retry_after_ns = RETRY_AFTER_NS if reason is Reason.QUEUE_FULL else 0
    return fail(reason, "injected by the fault injector", retry_after_ns=retry_after_ns)


def _rule(word: str) -> Rule:
    kind, kernel, percent, value = (word.split(":") + [""] * PARTS)[:PARTS]
    share = _number(word, percent) / 100
    if not 0 <= share <= 1:
        raise _bad(word, "the percentage is not from 0 to 100")
    if kind == "delay":
        return Rule(kernel, share, _number(word, value) / 1000, None)
    if kind == "fail" and value in Reason.__members__ and value != Reason.NONE.name:
        return Rule(kernel, share, 0.0, Reason[value])
    raise _bad(word, "it is neither delay:… nor fail:… with a reason of the contract")


def _number(word: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise _bad(word, f"{text!r} is no number of at least 0")
    return number


def _seed(texts: list[str]) -> int:
    if texts and not texts[-1].isdecimal():
        raise _bad(f"seed:{texts[-1]}", "the seed is no whole number")
    return int(texts[-1]) if texts else 0


def _bad(word: str, problem: str) -> Refusal:
    return Refusal(f"{VARIABLE}: rule {word!r}: {problem}", REMEDY)
