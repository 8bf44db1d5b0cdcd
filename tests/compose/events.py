"""What the engine says happens to the containers of a compose project, from a moment on."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from gateway.target import engine

HEALTHY = "health_status: healthy"
MOST_BYTES = 1 << 24
KINDS = ("start", "die", "oom", "health_status")


@dataclass(frozen=True)
class Event:
    """Something that happened to a service's container; `exit_code` is None unless it ended."""

    service: str
    action: str
    time_ns: int
    exit_code: int | None


class Events:
    """Context manager that listens. Asking afterwards would not do: an engine keeps its latest 256 events only."""

    def __init__(self, project: str) -> None:
        filters = (
            "type=container",
            f"label=com.docker.compose.project={project}",
            *(f"event={kind}" for kind in KINDS),
        )
        self._command = [engine.DOCKER, "events", "--format", "{{json .}}", *(f"--filter={one}" for one in filters)]
        self._heard = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the block

    def __enter__(self) -> Self:
        since = f"--since={time.time():.3f}"  # the listener takes a moment to be there
        self._listener = subprocess.Popen([*self._command, since], stdout=self._heard, stderr=subprocess.DEVNULL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.kill()
        self._listener.wait()
        self._heard.close()

    def all(self) -> list[Event]:
        """Those so far, in the order in which they happened; an event is here some milliseconds after it was."""
        heard = os.pread(self._heard.fileno(), MOST_BYTES, 0)  # a seek would move where the listener writes
        whole = heard[: heard.rfind(b"\n") + 1].splitlines()
        return sorted((_event(json.loads(line)) for line in whole), key=lambda one: one.time_ns)

    def of(self, service: str, action: str) -> list[Event]:
        """A service's of one kind."""
        return [one for one in self.all() if (one.service, one.action) == (service, action)]


def _event(told: dict[str, Any]) -> Event:
    attributes = told["Actor"]["Attributes"]
    code = attributes.get("exitCode")
    return Event(
        attributes.get("com.docker.compose.service", ""),
        told["Action"],
        int(told["timeNano"]),
        None if code is None else int(code),
    )
