"""A container of a compose project that runs, as `docker compose ps` tells it. Pure."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Running:
    """A service's container; `health` is "" without a health check."""

    service: str
    container: str
    state: str
    health: str
    image: str


def parse(printed: str) -> list[Running]:
    """The containers in the output of `docker compose ps --format json`: an object a line, or one list of them."""
    text = printed.strip()
    listed: list[dict[str, Any]] = (
        json.loads(text) if text.startswith("[") else list(map(json.loads, text.splitlines()))
    )
    return [_running(one) for one in listed]


def _running(one: dict[str, Any]) -> Running:
    keys = ("Service", "ID", "State", "Health", "Image")
    return Running(*(str(one.get(key) or "") for key in keys))
