"""Files that a package carries as they are, since it is also built alone, outside of the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CRATES = ("faults", "host", "inproc", "kernels", "wire", "worker")
"""Those that are published; `references` serves the test bed only."""
COPIES = {
    "rust_worker/kernels/src/tokenize/cl100k_base.tiktoken.gz": "protos/kernels/v1/cl100k_base.tiktoken.gz",
    **{f"rust_worker/{crate}/LICENSE": "LICENSE" for crate in CRATES},
}
"""Copy → original. go.mod's module needs none: the go command adds the repository's LICENSE by itself."""


def files(root: Path) -> dict[str, bytes]:
    """Path below the root → content of every copy."""
    return {copy: (root / original).read_bytes() for copy, original in COPIES.items()}
