"""What the command line of the proxy says, checked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal, unknown
from gateway.wire.lists_generated import MAX_KERNEL_NAME_BYTES, MAX_MESSAGE_BYTES, WINDOW_CALLS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFAULT_NAME = "default"
NAMED = re.compile(r"([A-Za-z0-9_-]+)=(.+)")
KERNEL_NAME = re.compile(r"[a-z][a-z0-9-]*")
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|)")
UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "": 1.0}


@dataclass(frozen=True)
class Options:
    """How a proxy runs."""

    socket_dir: Path
    upstreams: dict[str, str]
    """Name → path of a worker's frame socket; the first is the default."""
    kernels: dict[str, str]
    """Kernel → name of its upstream."""
    tcp: str = "127.0.0.1:0"
    max_in_flight: int = WINDOW_CALLS
    max_message_bytes: int = MAX_MESSAGE_BYTES
    interceptors: tuple[str, ...] = ()
    drain_timeout_s: float = 5.0
    nonce: str = ""
    lifeline_fd: int | None = None
    clock_offset_ns: int | None = None
    metrics: str | None = None
    """HOST:PORT to show metrics on; None counts nothing."""


def parse_upstreams(texts: Sequence[str]) -> dict[str, str]:
    """`[NAME=]SOCKET` by name; one without a name is `default`."""
    found: dict[str, str] = {}
    for text in texts:
        named = NAMED.fullmatch(text)
        name, path = named.groups() if named else (DEFAULT_NAME, text)
        if name in found:
            raise Refusal(f"two upstreams are named {name}", "give each a name: --upstream NAME=SOCKET")
        found[name] = path
    if not found:
        raise Refusal("the proxy has no upstream", "say where a worker's frame socket is: --upstream SOCKET")
    return found


def parse_kernels(texts: Sequence[str], upstreams: dict[str, str]) -> dict[str, str]:
    """`KERNEL=NAME` by kernel; a name that no upstream has is refused."""
    found: dict[str, str] = {}
    for text in texts:
        kernel, _, name = text.partition("=")
        if not KERNEL_NAME.fullmatch(kernel) or len(kernel) > MAX_KERNEL_NAME_BYTES or not name:
            raise Refusal(f"--kernel {text!r} is not KERNEL=NAME", "write it like --kernel redact=second")
        if name not in upstreams:
            raise unknown("upstream", name, upstreams)
        if found.setdefault(kernel, name) != name:
            raise Refusal(f"kernel {kernel} is given to two upstreams", "name one")
    return found


def parse_duration_s(text: str) -> float:
    """Seconds of `5s`, `500ms`, `1m` or `2.5`."""
    found = DURATION.fullmatch(text)
    if not found:
        raise Refusal(f"{text!r} is no time", "write it like 5s, 500ms or 1m")
    return float(found[1]) * UNIT_S[found[2]]
