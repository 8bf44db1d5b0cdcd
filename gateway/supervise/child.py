"""One process from its start to its end: lifeline, handshake, the end of its log, and a stop that always works."""

import contextlib
import os
import secrets
import select
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway import installed
from gateway.errors import Failure, Refusal
from gateway.supervise import foreign, handshake
from gateway.supervise.programs import runnable
from gateway.system import pin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READY_S = 10.0
DRAIN_S = 5.0
STOP_S = DRAIN_S + 2.0
LOG_LINES = 200
LOG_LINES_SHOWN = 20
LOG_LINE_BYTES = 4096
_FITTING = "`gateway build` makes programs that fit this gateway"


@dataclass(frozen=True)
class Surroundings:
    """What all children of one supervisor are given."""

    socket_dir: "Path"
    lifeline_fd: int
    clock_offset_ns: int
    contract_major: int
    environment: dict[str, str] = field(default_factory=dict[str, str])
    log: "Callable[[str, str], None] | None" = None
    """Called with role and line for each line of a child's log."""


class Child:
    """A process that was announced and is ready, unless it has ended since."""

    def __init__(self, role: str, program: "Path", arguments: "tuple[str, ...]", around: Surroundings) -> None:
        self.role = role
        self._around = around
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._nonce = secrets.token_hex(16)
        began_ns = time.monotonic_ns()
        self._process = self._spawn(runnable(program), arguments)
        self._log_reader = threading.Thread(target=self._read_log, name=f"log of {role}", daemon=True)
        self._log_reader.start()
        try:
            self._handshake = self._await_handshake()
        except BaseException:
            self.kill()
            raise
        self.ready_s = time.monotonic()
        self.ready_after_ns = time.monotonic_ns() - began_ns

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def endpoints(self) -> dict[str, str]:
        """Channel or protocol → address, as announced."""
        return self._handshake.endpoints

    @property
    def version(self) -> str:
        """Version of the program, as announced."""
        return self._handshake.version

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait(self, timeout_s: float | None = None) -> int | None:
        """The exit code (negative: the signal) once the process has ended, None when the time is over first."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """Ask for a drain, and kill what has not ended at the bound; returns when the process is gone."""
        self._signal(signal.SIGTERM)
        try:
            if self.wait(STOP_S) is None:
                self.kill()
        except BaseException:  # a second Ctrl-C while draining
            self.kill()
            raise
        self._close()

    def kill(self) -> None:
        """End the process at once."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._close()

    def pin(self, cpus: set[int]) -> None:
        """Let every thread run on `cpus` only."""
        pin(self.pid, cpus)

    def check(self) -> None:
        """Raise a Failure when the process has ended."""
        if not self.alive:
            raise Failure(f"{self.role} {self.ending()}", "its log is above; run the command again", self.log_end())

    def log_end(self) -> str:
        """The last lines of its log, all of it once it has ended."""
        if not self.alive:
            self._log_reader.join(1.0)
        return "\n".join(list(self._log)[-LOG_LINES_SHOWN:])

    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.poll()
        if code is None:
            return "still runs"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def _spawn(self, program: "Path", arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        around = self._around
        common = {
            "--nonce": self._nonce,
            "--lifeline-fd": str(around.lifeline_fd),
            "--clock-offset-ns": str(around.clock_offset_ns),
            "--socket-dir": str(around.socket_dir),
            "--drain-timeout": f"{DRAIN_S:g}s",
        }
        try:
            return subprocess.Popen(
                [str(program), *arguments, *(part for flag in common.items() for part in flag)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(around.lifeline_fd,),
                env={**os.environ, **around.environment},
                process_group=0,  # Ctrl-C is for the supervisor, which ends its children in their order
            )
        except OSError as error:
            raise Refusal(f"{program} does not run here ({foreign.why(error)})", installed.remedy()) from error

    def _await_handshake(self) -> handshake.Handshake:
        assert self._process.stdout is not None  # noqa: S101 - opened by _spawn
        line = _first_line(self._process.stdout.fileno(), time.monotonic() + READY_S)
        if not line.endswith(b"\n") and self.wait(0.5) is not None:
            raise self._failure(self.ending() + " before it was ready")
        if not line:
            raise self._failure(f"was not ready within {READY_S:g} s")
        try:
            return handshake.parse(line, role=self.role, nonce=self._nonce, contract_major=self._around.contract_major)
        except handshake.HandshakeError as error:
            raise self._failure(f"cannot be used: {error}") from error

    def _failure(self, what: str) -> Failure:
        log = self.log_end()
        if glibc := foreign.glibc_wanted(log):
            return Failure(f"{self.role} needs {glibc}, which this system is older than", installed.remedy())
        return Failure(f"{self.role} {what}", f"its log is above; {_FITTING}", log)

    def _read_log(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - opened by _spawn
        with contextlib.suppress(ValueError, OSError):  # closed under us when the child was stopped
            while raw := self._process.stderr.readline(LOG_LINE_BYTES):
                line = raw.decode("utf-8", "replace").rstrip("\n")
                self._log.append(line)
                if self._around.log:
                    self._around.log(self.role, line)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def _close(self) -> None:
        self._log_reader.join(1.0)
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()


def _first_line(fd: int, deadline_s: float) -> bytes:
    """What comes on `fd` up to the first line feed, the limit, the end or the deadline (time.monotonic)."""
    poll, line = select.poll(), b""
    poll.register(fd, select.POLLIN)
    while not line.endswith(b"\n") and len(line) <= handshake.MAX_BYTES:
        left_s = deadline_s - time.monotonic()
        if left_s <= 0 or not poll.poll(left_s * 1000):
            break
        piece = os.read(fd, handshake.MAX_BYTES + 1)
        if not piece:
            break
        line += piece
    return line
