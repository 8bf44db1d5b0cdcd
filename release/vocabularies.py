"""Tokenizers' vocabularies that are inside of the programs: data of others, which no lock file names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release import sums
from release.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.component import Component

OURS = "protos/kernels/v1/cl100k_base.tiktoken.gz"
LOADER = "github.com/pkoukk/tiktoken-go-loader"
"""The Go module that embeds all four of its folder `assets`."""


@dataclass(frozen=True)
class Vocabulary:
    """A file's name, its SHA-256, under which licence it stands and by whom."""

    name: str
    sha256: str
    licence: str = "MIT"
    copyright: str = "Copyright (c) 2022 OpenAI, Shantanu Jain"
    source: str = "https://github.com/openai/tiktoken"


def read(root: Path, components: Sequence[Component]) -> list[Vocabulary]:
    """Ours, in Rust and in tests, and those of the Go module."""
    folder = next((one.folder for one in components if one.name == LOADER), None)
    if folder is None:
        raise ReleaseError(f"{LOADER} is not in Go's module cache", "run `go mod download` in go_service")
    files = [root / OURS, *sorted((folder / "assets").glob("*.tiktoken"))]
    return [Vocabulary(file.name, sums.of_file(file)) for file in files]
