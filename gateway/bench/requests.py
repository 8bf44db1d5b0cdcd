"""The requests of each scenario: a user's file or seeded logs, packed or cut to the size."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.bench import mix
from gateway.inputs import logs, pieces, shapes
from gateway.verify.pieces import LINES, WHOLE

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.plan import Scenario
    from gateway.project import Project

GENERATED_BYTES = 2 << 20
_BUDGET_BYTES = 4 << 20
_MOST, _FEWEST = 64, 4


@dataclass(frozen=True, slots=True)
class Input:
    """What the requests are cut from; `path` is None for generated logs."""

    content: bytes
    path: Path | None
    seed: int
    cut: str = ""
    """How requests of a kernel of a project are cut; empty for ours, which take any bytes of an exact size."""

    def describe(self) -> dict[str, Any]:
        """Return what run.json says of it: its kind and size, the file's name, and nothing of its bytes."""
        if self.path is None:
            return {"kind": "generated", "seed": self.seed, "bytes": len(self.content)}
        return {"kind": "file", "name": self.path.name, "bytes": len(self.content)}


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input of every kernel; a project's kernels have their own."""

    common: Input
    own: dict[str, Input] = field(default_factory=dict)

    def of(self, kernel: str) -> Input:
        """Return the input of a kernel."""
        return self.own.get(kernel, self.common)

    def describe(self) -> dict[str, Any]:
        """Return what run.json says of them."""
        if not self.own:
            return self.common.describe()
        return {"kind": "project", "kernels": {name: one.describe() for name, one in self.own.items()}}


def read(path: Path | None, seed: int, project: Project | None = None) -> Inputs:
    """Read the user's file, or generate logs from the seed; refuses a file that is unreadable or empty.

    A project's kernels take the file too where it is given, else each the one that gateway.toml names.
    """
    own = project.kernels.values() if project else ()
    return Inputs(_read(path, seed), {one.name: _read(path or one.input, seed, one.cut) for one in own})


def _read(path: Path | None, seed: int, cut: str = "") -> Input:
    content = logs.generate(seed, GENERATED_BYTES) if path is None else pieces.read(path)
    return Input(content, path, seed, cut)


def requests(scenario: Scenario, given: Input) -> list[bytes]:
    """Return the scenario's requests as protobuf, different ones in turn as far as memory allows."""
    scalars = {"steps": scenario.steps} if scenario.steps else {}
    contents = mix.payloads(given.content, given.seed) if scenario.mix else _cut(given, scenario.size_bytes)
    return [shapes.request(scenario.kernel, content, **scalars).SerializeToString() for content in contents]


def _cut(given: Input, size: int) -> list[bytes]:
    """Return payloads of the size; of whole lines those that fit it and are nearest to it."""
    count = max(_FEWEST, min(_MOST, _BUDGET_BYTES // size))
    if given.cut == WHOLE:
        return [given.content]
    if given.cut != LINES:
        return pieces.packed(given.content, size, count)
    found = list(pieces.at_line_ends(given.content, size))
    return sorted(found, key=lambda piece: size - len(piece))[:count]
