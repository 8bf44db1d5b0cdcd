"""A Go package, and what it declares, as the go command tells of it. Runs the go command."""

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gateway.errors import Refusal
from gateway.go.command import attempt, first_error, go

_FIELDS = "ImportPath,Name,Dir,Standard,Module,TestGoFiles,XTestGoFiles"
_DECLARED = re.compile(r"^(?:func|type|var|const) (\w+)")
_NEAR = 3


@dataclass(frozen=True)
class Reference:
    """PACKAGE.FUNC, the package as the go command names it: an import path, or a folder that begins with a dot."""

    package: str
    name: str


@dataclass(frozen=True)
class Package:
    """One package; `module` is go list's object of its module, None for one of the standard library."""

    path: str
    name: str
    folder: Path
    standard: bool
    module: dict[str, Any] | None
    tests: tuple[str, ...]
    """File names of its tests."""


def reference(text: str, option: str, remedy: str) -> Reference:
    """Take PACKAGE.FUNC apart; refuses what names no function. `option` is how a refusal names it."""
    package, dot, name = text.rpartition(".")
    if not dot or (not package.strip("./") and package not in {".", "./", ".."}) or not name.isidentifier():
        raise Refusal(f"{option}{text} names no function", remedy)
    return Reference(package, name)


def find(named: str, folder: Path, remedy: str) -> Package:
    """The package of that name seen from a folder; refuses none, and a pattern of several."""
    said = go(["list", f"-json={_FIELDS}", named], folder, f"Go finds no {named}", remedy).stdout
    found, end = json.JSONDecoder().raw_decode(said.lstrip())
    if said.lstrip()[end:].strip():
        raise Refusal(f"{named} names several packages", remedy)
    return Package(
        path=found["ImportPath"],
        name=found["Name"],
        folder=Path(found["Dir"]),
        standard=bool(found.get("Standard")),
        module=found.get("Module"),
        tests=(*found.get("TestGoFiles", ()), *found.get("XTestGoFiles", ())),
    )


def declaration(package: str, name: str, folder: Path, remedy: str, *, unexported: bool = False) -> str:
    """The line that declares a name; refuses a name that the package does not have, with those nearest to it."""
    visible = ["-u"] if unexported else []
    done = attempt(["doc", "-short", "-c", *visible, package, name], folder)
    if done.returncode:
        what = "function" if unexported else "exported function"
        near = get_close_matches(name, declared(package, folder, unexported=unexported), n=_NEAR, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        told = "" if "no symbol" in done.stderr else f": {first_error(done.stderr)}"
        raise Refusal(f"{package} has no {what} {name}{told}", f"{hint}{remedy}")
    lines = [line.strip() for line in done.stdout.splitlines()]
    return next(
        (line for line in lines if re.match(rf"(func|type|var|const) {name}\b", line)), lines[0] if lines else ""
    )


def declared(package: str, folder: Path, *, unexported: bool = False) -> list[str]:
    """All names that a package declares; none where go cannot tell."""
    visible = ["-u"] if unexported else []
    lines = attempt(["doc", "-short", "-c", *visible, package], folder).stdout.splitlines()
    return [match[1] for line in lines if (match := _DECLARED.match(line.strip()))]
