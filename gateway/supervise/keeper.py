"""A child that is started again when it dies, until it is stopped or dies too fast."""

import random
import threading
import time
from typing import TYPE_CHECKING

from gateway.errors import Failure
from gateway.supervise.backoff import CRASH_LOOP_DEATHS, QUICK_DEATH_S, Restarts
from gateway.system import pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.supervise.child import Child


class Kept:
    """Keeps one role alive.

    `start` is called for every life with the child before it (None at first), so that a later one can take the same
    addresses. `gave_up` is set in a crash loop; `failure` then says why.
    """

    def __init__(self, start: "Callable[[Child | None], Child]", gave_up: threading.Event | None = None) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._restarts = Restarts(random.Random().uniform)
        self.gave_up = gave_up or threading.Event()
        self.failure: Failure | None = None
        self.starts = 1
        self._cpus: set[int] | None = None
        self._failed_start: Failure | None = None
        self._child = start(None)
        self._watcher = threading.Thread(target=self._watch, name=f"keeper of {self._child.role}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """Process id of the present life."""
        return self._child.pid

    @property
    def endpoints(self) -> dict[str, str]:
        """Addresses of the present life."""
        return self._child.endpoints

    @property
    def version(self) -> str:
        """Version of the program."""
        return self._child.version

    @property
    def ready_after_ns(self) -> int:
        """How long the present life took from its start to its announcement."""
        return self._child.ready_after_ns

    @property
    def alive(self) -> bool:
        """Whether a process of this role runs now."""
        return self._child.alive

    def pin(self, cpus: set[int]) -> None:
        """Let every thread of this life and of later ones run on `cpus` only."""
        self._cpus = cpus
        pin(self.pid, cpus)

    def stop(self) -> None:
        """End the present life and start no other."""
        self._stopping.set()
        with self._lock:
            self._child.stop()
        self._watcher.join()

    def check(self) -> None:
        """Raise the Failure that ended the restarts, if one did."""
        if self.failure:
            raise self.failure

    def _watch(self) -> None:
        ready_s: float | None = self._child.ready_s
        while True:
            self._child.wait()
            delay_s = self._restarts.after_death(time.monotonic() - ready_s if ready_s is not None else None)
            if self._stopping.is_set():
                return
            if delay_s is None:
                self._give_up()
                return
            if self._stopping.wait(delay_s):
                return
            ready_s = self._live_again()

    def _live_again(self) -> float | None:
        """Start the next life; when it was ready (time.monotonic), None when it ended before."""
        with self._lock:
            if self._stopping.is_set():
                return None
            self.starts += 1
            try:
                self._child, self._failed_start = self._start(self._child), None
            except Failure as failure:
                self._failed_start = failure
                return None
            if self._cpus:
                pin(self.pid, self._cpus)
            return self._child.ready_s

    def _give_up(self) -> None:
        child, last = self._child, self._failed_start
        what = last.what if last else f"{child.role} {child.ending()}"
        self.failure = Failure(
            f"{what}; given up after {CRASH_LOOP_DEATHS} deaths within {QUICK_DEATH_S:g} s of being ready",
            "its log is above; mend the cause and start again",
            last.detail if last else child.log_end(),
        )
        self.gave_up.set()
