"""Reads the golden vectors, `protos/vectors/README.md`, for Python's tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "protos" / "vectors"
CODECS = ("protobuf", "msgpack", "raw")


@dataclass(frozen=True)
class Encoded:
    """A message in three codecs."""

    name: str
    message: str
    fields: dict[str, Any]
    bytes: dict[str, bytes]


def encoded() -> list[Encoded]:
    """Every encoded message of the vectors."""
    found = []
    for path in sorted(FOLDER.rglob("*.json")):
        content = read(path)
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        if "kernel" in content:
            found += [_encoded(f"{name}:{side}", content[side]) for side in ("request", "response") if side in content]
        elif "fields" in content:
            found.append(_encoded(name, content))
    return found


def malformed() -> list[dict[str, Any]]:
    """Every file of `malformed/` about messages."""
    return [read(path) for path in sorted((FOLDER / "malformed").glob("*_*.json"))]


def read(path: Path) -> dict[str, Any]:
    """A vector file."""
    return json.loads(path.read_text(encoding="utf-8"))


def bytes_of(text: Any) -> bytes:
    """Bytes as a vector file writes them."""
    if isinstance(text, str):
        return bytes.fromhex(text)
    if "repeat" in text:
        return bytes.fromhex(text["repeat"]) * text["times"]
    return b"".join(map(bytes_of, text["parts"]))


def _encoded(name: str, content: dict[str, Any]) -> Encoded:
    encodings = {codec: bytes_of(content[codec]) for codec in CODECS}
    return Encoded(name, content["message"], content["fields"], encodings)
