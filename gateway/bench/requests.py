"""The requests of each scenario: a user's file or seeded logs, packed to the size. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.inputs import logs, pieces, shapes

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.plan import Scenario

GENERATED_BYTES = 2 << 20
_BUDGET_BYTES = 4 << 20
_MOST, _FEWEST = 64, 4


@dataclass(frozen=True, slots=True)
class Input:
    """What the requests are cut from; `path` is None for generated logs."""

    content: bytes
    path: Path | None
    seed: int

    def describe(self) -> dict[str, Any]:
        """Return what run.json says of it: its kind and size, the file's name, and nothing of its bytes."""
        if self.path is None:
            return {"kind": "generated", "seed": self.seed, "bytes": len(self.content)}
        return {"kind": "file", "name": self.path.name, "bytes": len(self.content)}


def read(path: Path | None, seed: int) -> Input:
    """Read the user's file, or generate logs from the seed; refuses a file that is unreadable or empty."""
    content = logs.generate(seed, GENERATED_BYTES) if path is None else pieces.read(path)
    return Input(content, path, seed)


def requests(scenario: Scenario, given: Input) -> list[bytes]:
    """Return the scenario's requests as protobuf, different ones in turn as far as memory allows."""
    count = max(_FEWEST, min(_MOST, _BUDGET_BYTES // scenario.size_bytes))
    scalars = {"steps": scenario.steps} if scenario.steps else {}
    return [
        shapes.request(scenario.kernel, content, **scalars).SerializeToString()
        for content in pieces.packed(given.content, scenario.size_bytes, count)
    ]
