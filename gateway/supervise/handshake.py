"""The line by which a child announces itself (protos/HANDSHAKE.md)."""

import json
from dataclasses import dataclass, fields

MAX_BYTES = 4096


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
        announced = json.loads(line)
        # Keys that a later minor added are none of our business.
        handshake = Handshake(**{field.name: announced[field.name] for field in fields(Handshake)})
    except (ValueError, TypeError, LookupError) as error:
        raise HandshakeError("its first line on stdout is no handshake") from error
    if not _well_typed(handshake):
        raise HandshakeError("a key of its handshake has the wrong type")
    return handshake


def _well_typed(handshake: Handshake) -> bool:
    texts = (handshake.contract, handshake.role, handshake.nonce, handshake.version)
    numbers = (handshake.pid, handshake.start_ns)
    endpoints = handshake.endpoints
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(number, int) for number in numbers)
        and isinstance(endpoints, dict)
        and all(isinstance(item, str) for pair in endpoints.items() for item in pair)
    )
