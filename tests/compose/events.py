"""What the engine says happened to the containers of a compose project."""

import json
import time
from dataclasses import dataclass
from typing import Any

from gateway.target import engine
from gateway.target.compose import Composed

HEALTHY = "health_status: healthy"


@dataclass(frozen=True)
class Event:
    """Something that happened to a service's container; `exit_code` is None unless it ended."""

    service: str
    action: str
    time_ns: int
    exit_code: int | None


class Events:
    """Those since this was made."""

    def __init__(self, project: Composed) -> None:
        self._project = project.project
        self._since = time.time()

    def all(self) -> list[Event]:
        """In the order in which they happened."""
        label = f"label=com.docker.compose.project={self._project}"
        window = ("--since", f"{self._since:.3f}", "--until", f"{time.time():.3f}")
        printed = engine.asked(
            "events", *window, "--filter", label, "--filter", "type=container", "--format", "{{json .}}"
        )
        return sorted((_event(json.loads(line)) for line in printed.splitlines()), key=lambda one: one.time_ns)

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
