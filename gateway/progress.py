"""Progress on stderr: one live line on a terminal, plain lines elsewhere, never silent for long."""

import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

HEARTBEAT_S = 5.0


class Display(Protocol):
    """Shows one thing that takes time, as `TITLE, 2:10, DETAIL`."""

    def begin(self, title: str, detail: str = "") -> None:
        """Show it and from now on the time that has passed."""
        ...

    def say(self, detail: str) -> None:
        """Replace the detail."""
        ...

    def end(self, line: str) -> None:
        """Put `line`, or nothing, in the place of what was shown and stop."""
        ...


class Steps:
    """Numbered steps, `[3/6] Rust worker, 2:10, first time only`."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._number = 0
        self._display = display(stream or sys.stderr)

    @contextmanager
    def step(self, name: str, note: str = "") -> "Generator[Callable[[str], None]]":
        """Show the step while the block runs; the value sets a detail, such as the crate that compiles now."""
        self._number += 1
        title = f"[{self._number}/{self._total}] {name}"
        started_s = time.monotonic()
        self._display.begin(title, note)
        try:
            yield lambda detail: self._display.say(_joined(note, detail))
        except BaseException:
            self._display.end(f"{title}, {minutes(time.monotonic() - started_s)}, failed")
            raise
        self._display.end(f"{title}, {minutes(time.monotonic() - started_s)}")


@contextmanager
def shown(title: str, stream: TextIO) -> "Generator[Callable[[str], None]]":
    """Show `title` and a detail that the value sets while the block runs; nothing is left of it on a terminal."""
    view = display(stream)
    view.begin(title)
    try:
        yield view.say
    finally:
        view.end("")


def minutes(seconds: float) -> str:
    """Time as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def display(stream: TextIO) -> Display:
    """The display that fits the stream."""
    return TerminalDisplay(stream) if stream.isatty() else PlainDisplay(stream)


class PlainDisplay:
    """A line at the beginning and at the end, and every few seconds between."""

    def __init__(self, stream: TextIO, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._stream = stream
        self._heartbeat_s = heartbeat_s
        self._ended = threading.Event()
        self._ticker: threading.Thread | None = None
        self._detail = ""

    def begin(self, title: str, detail: str = "") -> None:
        """Write the line and begin to count."""
        self._detail = detail
        self._write(_joined(title, detail))
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, args=(self._ended, title, time.monotonic()), daemon=True)
        self._ticker.start()

    def say(self, detail: str) -> None:
        """Keep the detail for the next line."""
        self._detail = detail

    def end(self, line: str) -> None:
        """Write the last line."""
        self._ended.set()
        if self._ticker:
            self._ticker.join()
        if line:
            self._write(line)

    def _tick(self, ended: threading.Event, title: str, started_s: float) -> None:
        while not ended.wait(self._heartbeat_s):
            self._write(_joined(title, minutes(time.monotonic() - started_s), self._detail))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class TerminalDisplay:
    """One line that is drawn again, with a spinner and the time."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream)
        self._title = ""
        self._detail = ""
        self._started_s = 0.0

    def begin(self, title: str, detail: str = "") -> None:
        """Show the line."""
        self._title, self._detail = title, detail
        self._started_s = time.monotonic()
        self._status = self._console.status(self, refresh_per_second=4)
        self._status.start()

    def __rich__(self) -> str:
        """The line as it reads now."""
        from rich.markup import escape

        return escape(_joined(self._title, minutes(time.monotonic() - self._started_s), self._detail))

    def say(self, detail: str) -> None:
        """Change the detail."""
        self._detail = detail

    def end(self, line: str) -> None:
        """Leave the last line on the screen."""
        self._status.stop()
        if line:
            self._console.print(line, markup=False, highlight=False)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
