"""Callers of `append`, which writes the id of each call into a file: so a call that was lost can be counted.

`append` is not idempotent and the clients here try nothing again, so each id is of one call.
"""

import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.client import CallError, Client, Executed, Reason
from gateway.gen.faults.v1.append_pb2 import AppendRequest
from tests.compose.counted import Counted
from tests.running import wait_until

PAUSE_S = 0.005
"""After a failed call, so that callers of a dead worker leave it a CPU to come back on."""


def reason_of(error: CallError) -> str:
    """Its name, or its number where a later contract has it."""
    return error.reason.name if isinstance(error.reason, Reason) else str(error.reason)


class Appending:
    """Context manager: callers that append one id after the other, some a client, until the block's end.

    The clients are closed then too.
    """

    def __init__(self, clients: Sequence[Client], callers: int = 4) -> None:
        self._name = secrets.token_hex(4)
        self.came = Counted()
        self._clients = clients
        self._last_s = [0.0] * len(clients)
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._calls, args=(clients[number], number, caller), daemon=True)
            for number in range(len(clients))
            for caller in range(callers)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
        for client in self._clients:
            client.close()
        assert not any(thread.is_alive() for thread in self._threads), "a call never ended"

    def await_answers(self, number: int, within_s: float = 10.0) -> None:
        """Wait until so many more calls are acknowledged."""
        before = len(self.came.acknowledged)
        wait_until(lambda: len(self.came.acknowledged) >= before + number, within_s)

    def answered_after_s(self, moment_s: float, within_s: float) -> float:
        """Seconds from a moment (time.monotonic) until every client had a call answered again; fails at the bound."""
        wait_until(lambda: min(self._last_s) > moment_s, max(0.0, moment_s + within_s - time.monotonic()))
        return time.monotonic() - moment_s

    def check(self, written: Path, *, every_answer: bool = False) -> None:
        """Fail where the file says that a call was lost, ran twice, or ran though its caller was told that it did not.

        With `every_answer` also where one ran whose caller was left without its answer.
        """
        lines = written.read_text(encoding="ascii").split()
        ours = [line for line in lines if line.startswith(self._name)]
        assert not (wrong := self.came.wrong(ours, every_answer=every_answer)), wrong

    def _calls(self, client: Client, number: int, caller: int) -> None:
        for call in range(1_000_000):
            if self._ending.is_set():
                return
            self._call(client, number, f"{self._name}-{number}-{caller}-{call}")

    def _call(self, client: Client, number: int, name: str) -> None:
        began_s = time.monotonic()
        try:
            client.call("append", AppendRequest(call_id=name.encode()))
        except CallError as error:
            self.came.reasons[reason_of(error)] += 1
            (self.came.not_executed if error.executed is Executed.NO else self.came.unknown).add(name)
            time.sleep(PAUSE_S)
        else:
            self.came.acknowledged.add(name)
            self._last_s[number] = max(self._last_s[number], began_s)
