"""What the generator writes in Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED = "#![allow(unused_imports, unused_mut, unused_variables, clippy::all, clippy::pedantic)]"


def module_file(packages: Iterable[str]) -> str:
    """Text of generated/mod.rs."""
    modules = sorted([*(package.replace(".", "_") for package in packages), "lists"])
    return f"// {HEADER}\n{ALLOWED}\n\n" + "".join(f"pub mod {module};\n" for module in modules)
