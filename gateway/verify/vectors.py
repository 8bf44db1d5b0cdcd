"""The golden vectors of the kernels, as protobuf: `protos/vectors/KERNEL/CASE.json`."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway import installed
from gateway.errors import Refusal
from gateway.verify.outcome import Outcome
from gateway.wire.lists_generated import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = installed.vectors()


@dataclass(frozen=True)
class Vector:
    """A request and what every route must answer."""

    kernel: str
    name: str
    request: bytes
    expected: Outcome


def read(kernels: "Iterable[str]", folder: "Path" = FOLDER) -> list[Vector]:
    """All vectors of the kernels; refuses a kernel that has none, since then nothing would be proved of it."""
    return [vector for kernel in kernels for vector in _of_kernel(kernel, folder / kernel)]


def some(kernel: str, folder: "Path") -> list[Vector]:
    """The vectors of a kernel of a project, which may have none."""
    return [_vector(kernel, file) for file in sorted((folder / kernel).glob("*.json"))]


def _of_kernel(kernel: str, folder: "Path") -> list[Vector]:
    files = sorted(folder.glob("*.json"))
    if not files:
        raise Refusal(f"no vectors of {kernel} in {folder}", "run it from a checkout whose protos/vectors are whole")
    return [_vector(kernel, file) for file in files]


def _vector(kernel: str, file: "Path") -> Vector:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Vector(kernel, file.stem, bytes_of(content["request"]["protobuf"]), _expected(content))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{file} is no vector: {error}", "see protos/vectors/README.md, or record it again") from error


def _expected(content: dict[str, Any]) -> Outcome:
    if error := content.get("error"):
        return Outcome(status=Status[error["status"]], reason=Reason[error["reason"]])
    return Outcome(bytes_of(content["response"]["protobuf"]))


def bytes_of(written: Any) -> bytes:
    """Bytes out of a vector file: hex, or `parts` of hex and of `{"repeat": HEX, "times": N}`."""
    if isinstance(written, str):
        return bytes.fromhex(written)
    if "parts" in written:
        return b"".join(bytes_of(part) for part in written["parts"])
    return bytes.fromhex(written["repeat"]) * written["times"]
