"""The processes of a container as the host sees them. Reads /proc."""

from contextlib import suppress
from pathlib import Path

_INITS = ("docker-init", "tini", "podman-init", "catatonit")
_RELAY = "docker-proxy"
_SHORT_ID = 12


def of_container(container: str, init_pid: int) -> int:
    """The container's own process: `init_pid`, or the child of the init that the engine put before it.

    0 where this machine does not have them, as with an engine in a virtual machine or on another host.
    """
    if init_pid <= 0 or not belongs(init_pid, container):
        return 0
    if _read(init_pid, "comm").strip() not in _INITS:
        return init_pid
    children = _read(init_pid, f"task/{init_pid}/children").split()
    return int(children[0]) if children else 0


def belongs(pid: int, container: str) -> bool:
    """Whether a process is of that container: its cgroup or its mounts name the id."""
    return any(container[:_SHORT_ID] in _read(pid, name) for name in ("cgroup", "mountinfo"))


def relays(ports: set[str]) -> list[int]:
    """The engine's processes that carry bytes from a published port into the network of containers."""
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in found if _read(pid, "comm").strip() == _RELAY and ports & {*_arguments(pid)}]


def _arguments(pid: int) -> list[str]:
    return _read(pid, "cmdline").split("\0")


def _read(pid: int, name: str) -> str:
    """A small file of a process; "" where it is gone or may not be read."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    return ""
