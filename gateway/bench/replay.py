"""A run once more: the plan, the seed and the policy of its run.json, on the same input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.bench.folder import head
from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.manifest import Manifest
    from gateway.bench.requests import Inputs


def of(folder: Path, input_path: Path | None) -> Manifest:
    """Return the head of the run to repeat; refuses when it was measured on a file that is not given again."""
    found = head(folder)
    if found.input.get("kind") == "file" and input_path is None:
        raise Refusal(f"{folder} was measured on {found.input.get('name')}", "give the file again with --input")
    return found


def check(folder: Path, measured: Manifest, inputs: Inputs) -> None:
    """Refuse an input that is not the one that was measured, as far as its kind and length tell."""
    if _told(measured.input) != _told(inputs.describe()):
        raise Refusal(f"{folder} was measured on another input: {measured.input}", "give the same one with --input")


def _told(described: dict[str, Any]) -> dict[str, Any]:
    """Return a description of an input without its name, which may have changed."""
    kernels = {name: _told(one) for name, one in described.get("kernels", {}).items()}
    return {
        **{key: value for key, value in described.items() if key != "name"},
        **({"kernels": kernels} if kernels else {}),
    }
