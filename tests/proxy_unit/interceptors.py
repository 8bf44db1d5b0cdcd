"""Interceptors for the tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.wire.lists_generated import Reason

if TYPE_CHECKING:
    from gateway.proxy.interceptor import InterceptedCall, InterceptedReceipt


class Recorder:
    """Writes down what it sees."""

    def __init__(self) -> None:
        self._file = Path(os.environ["RECORDER_FILE"])

    def before(self, call: InterceptedCall) -> None:
        self._note(f"before {call.channel} {call.kernel} {call.request_bytes}")

    def after(self, call: InterceptedCall, receipt: InterceptedReceipt) -> None:
        self._note(f"after {call.kernel} {Reason(receipt.reason).name} {receipt.reply_bytes}")

    def _note(self, line: str) -> None:
        with self._file.open("a") as file:
            file.write(line + "\n")


class Broken:
    """Fails at echo."""

    def before(self, call: InterceptedCall) -> None:
        if call.kernel == "echo":
            raise RuntimeError("a bug of the interceptor")

    def after(self, call: InterceptedCall, receipt: InterceptedReceipt) -> None:
        raise RuntimeError(f"another bug, with {call.kernel} and {receipt.status}")
