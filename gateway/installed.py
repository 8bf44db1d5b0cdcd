"""Where programs and data lie: in the checkout that holds this package, or in the package itself once it is installed.

A wheel carries them as `_programs` and `_data` inside the package. `_data` is laid out as a checkout is, with what is
read at run time and nothing else; a wheel made without programs has only that.
"""

import json
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
DATA, PROGRAMS, BUILT_FROM = "_data", "_programs", "built_from.json"
"""Folders of the package in a wheel, and the file in the first that says what the second was built from."""
CARRIED = ("plans", "protos/vectors")
"""What is read at run time: folders of a checkout, which `_data` has by the same names."""
_NO_PROGRAMS = "install the wheel for this platform (docs/install.md), or name a checkout's programs with --bin"


def is_checkout() -> bool:
    """Whether the package lies in its checkout, where programs can be built."""
    return not (PACKAGE / DATA).is_dir()


def root() -> Path:
    """The checkout, or what stands in for it."""
    return PACKAGE.parent if is_checkout() else PACKAGE / DATA


def plans() -> Path:
    """The plans of `gateway bench`."""
    return root() / "plans"


def vectors() -> Path:
    """The golden vectors, a folder a kernel."""
    return root() / "protos" / "vectors"


def programs() -> Path:
    """The programs; there need not be any yet, or at all."""
    return root() / "bin" if is_checkout() else PACKAGE / PROGRAMS


def built_from() -> dict[str, Any]:
    """What an installed package says of its origin: `commit`, `dirty`, `rust_profile`; {} in a checkout."""
    try:
        return json.loads((PACKAGE / DATA / BUILT_FROM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def remedy() -> str:
    """What to do about a program that is missing or does not run here."""
    return "run `gateway build`, or name the right file" if is_checkout() else _NO_PROGRAMS
