"""Packages that only some commands need, and which an installation may lack."""

from typing import TYPE_CHECKING

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

DISTRIBUTION = "sidecar-ipc-gateway"
EXTRAS: "Mapping[str, tuple[str, ...]]" = {"bench": ("elftools", "jinja2", "matplotlib", "numpy", "pyarrow", "scipy")}
"""Extra of pyproject.toml → the modules that it brings."""


def refusal(error: ModuleNotFoundError) -> Refusal | None:
    """What to say of a module that is missing; None when no extra has it, which is a defect of ours."""
    module = (error.name or "").partition(".")[0]
    extra = next((name for name, modules in EXTRAS.items() if module in modules), None)
    if extra is None:
        return None
    return Refusal(f"{module} is missing", f"install the extra that has it: pip install '{DISTRIBUTION}[{extra}]'")
