"""The line by which a child announces itself (protos/HANDSHAKE.md)."""

import json
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 4096
KEYS: dict[str, type] = {
    "contract": str,
    "role": str,
    "pid": int,
    "start_ns": int,
    "nonce": str,
    "version": str,
    "endpoints": dict,
}
"""What is read of it; keys that a later minor adds are none of our business."""


class HandshakeError(ValueError):
    """The line breaks the rules; the text says which one."""


@dataclass(frozen=True)
class Handshake:
    """Who serves, and where."""

    contract: str
    role: str
    pid: int
    start_ns: int
    nonce: str
    version: str
    endpoints: dict[str, str]


def parse(line: bytes, *, role: str, nonce: str, contract_major: int) -> Handshake:
    """The announcement in `line`; raises HandshakeError unless it is that of our own child in that role."""
    handshake = _shape(line)
    if handshake.role != role:
        raise HandshakeError(f"it announces the role {handshake.role!r} instead of {role!r}")
    if handshake.nonce != nonce:
        raise HandshakeError("its nonce is not the one that was given")
    if handshake.contract.split(".")[0] != str(contract_major):
        raise HandshakeError(f"it speaks contract {handshake.contract}, this gateway {contract_major}.x")
    return handshake


def _shape(line: bytes) -> Handshake:
    if len(line) > MAX_BYTES or not line.endswith(b"\n"):
        raise HandshakeError(f"its first line on stdout is not whole within {MAX_BYTES} bytes")
    try:
        announced: Any = json.loads(line)
        values = {name: announced[name] for name in KEYS}
    except (ValueError, TypeError, LookupError) as error:
        raise HandshakeError("its first line on stdout is no handshake") from error
    if not all(_fits(values[name], kind) for name, kind in KEYS.items()):
        raise HandshakeError("a key of its handshake has the wrong type")
    return Handshake(**values)


def _fits(value: Any, kind: type) -> bool:
    """Whether it is of that type; a dict has to hold texts only."""
    items: Any = value.items() if isinstance(value, dict) else ()
    return isinstance(value, kind) and all(isinstance(part, str) for pair in items for part in pair)
