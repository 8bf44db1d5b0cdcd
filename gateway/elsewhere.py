"""What other systems than the tested one lack, and what to do there. Pure: the system is a parameter."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.errors import Refusal

TESTED = "Linux"
PROCESSORS = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""What systems call them → one name."""
WHEEL_FOR = "x86_64"
IN_A_CONTAINER = 'docker run --rm -v "$PWD":/data sidecar-ipc/bench bench --input /data/FILE'


@dataclass(frozen=True)
class Lack:
    """What is missing, what that means, and what to do instead; without `remedy` it is only good to know."""

    name: str
    text: str
    remedy: str = ""


def lacks(system: str, architecture: str) -> list[Lack]:
    """All of a system, as `platform.system()` and `platform.machine()` name it; none on the tested one."""
    if system == TESTED:
        return _of_processor(architecture)
    return [*_of_system(system), *_of_processor(architecture)]


def refuse_measuring(system: str) -> None:
    """Raise Refusal where processes cannot be set apart and counted."""
    if system != TESTED:
        raise Refusal(f"nothing is measured on {system or 'this system'}", f"it needs Linux; {IN_A_CONTAINER}")


def _of_system(system: str) -> list[Lack]:
    name = system or "this system"
    common = [
        Lack("measuring", f"{name} has no CPU sets and no /proc: processes cannot be set apart", IN_A_CONTAINER),
        Lack("programs", "no wheel carries any for it, none was tested", "docker compose up, or build from sources"),
    ]
    return [*common, *_MORE.get(system, [])]


_MORE = {
    "Darwin": [
        Lack("who calls over a socket", "no SO_PEERCRED: the socket folder's mode 0700 is the only guard"),
        Lack("clock of one boot", "no boot id: stamps of worker and caller are not set off against each other"),
    ],
    "Windows": [
        Lack("sockets", "no Unix sockets with owners: no route over uds or grpc-uds", "use WSL 2, which is Linux"),
    ],
}


def _of_processor(architecture: str) -> list[Lack]:
    processor = PROCESSORS.get(architecture, architecture or "unknown")
    if processor == WHEEL_FOR:
        return []
    return [Lack("processor", f"{processor}: no wheel has programs for it, none was tested", "build from sources")]
