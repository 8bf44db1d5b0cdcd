"""The Go function that a project is made of, as the go command tells of it. Runs the Go tool."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.build.links import GO_MODULE
from gateway.errors import Refusal

ADAPTERS = {
    ("[]byte", "[]byte"): "client.Infallible({})",
    ("[]byte", "[]byte, error"): "{}",
    ("string", "string"): "client.Text({})",
    ("string", "string, error"): "client.TextWithError({})",
}
"""Parameter and results → what client.RegisterBytes takes."""
POSSIBLE = "func([]byte) []byte, func([]byte) ([]byte, error), func(string) string or func(string) (string, error)"
_WITHIN_S = 120.0
_REMEDY = "run it in the module of the function, and write --go PACKAGE.FUNC, such as ./normalize.Lines"
_SIGNATURE = re.compile(r"^func (?P<name>\w+)\((?P<taken>[^()]*)\)\s*(?:\((?P<several>[^()]*)\)|(?P<one>[^({]*))$")


@dataclass(frozen=True)
class Module:
    """The Go module that has the function; `folder` is None for one that is fetched by its version."""

    path: str
    version: str
    go: str
    folder: Path | None
    replaced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Function:
    """A function that can become a kernel."""

    package: str
    package_name: str
    name: str
    taken: str
    given: str
    module: Module

    @property
    def adapter(self) -> str:
        """The Go expression that makes a client.BytesFunction of it."""
        return ADAPTERS[self.taken, self.given].format(f"{self.package_name}.{self.name}")

    @property
    def parent(self) -> str:
        """A path below which a project may import the package: Go lets only those in, where it is internal."""
        before, internal, _ = f"/{self.package}/".rpartition("/internal/")
        return before.removeprefix("/") if internal else self.module.path


def find(reference: str, folder: Path) -> Function:
    """The function that PACKAGE.FUNC names, seen from a folder; refuses what cannot become a kernel."""
    package, dot, name = reference.rpartition(".")
    if not dot or (not package.strip("./") and package not in {".", "./", ".."}) or not name.isidentifier():
        raise Refusal(f"--go {reference} names no function", _REMEDY)
    listed = _listed(package, folder)
    _check_package(listed)
    taken, given = signature(_declaration(listed["ImportPath"], name, folder), name)
    return Function(listed["ImportPath"], listed["Name"], name, taken, given, _module(listed["Module"]))


def signature(declaration: str, name: str) -> tuple[str, str]:
    """Parameter and results of a declaration, without their names; refuses one that is no function of bytes or text."""
    match = _SIGNATURE.match(declaration)
    found = (_types(match["taken"]), _types(match["several"] or match["one"] or "")) if match else ("", "")
    if found not in ADAPTERS:
        raise Refusal(f"{name} is declared as {declaration}", f"a kernel is {POSSIBLE}; wrap it in such a function")
    return found


def _types(fields: str) -> str:
    """`in []byte` gives `[]byte`; `out []byte, err error` gives `[]byte, error`."""
    types = [part.split()[-1] if part.split() else "" for part in fields.split(",")]
    return ", ".join(types).replace("[]uint8", "[]byte")


def _listed(package: str, folder: Path) -> dict[str, Any]:
    return json.loads(_go(["list", "-json=ImportPath,Name,Standard,Module", package], folder, f"Go finds no {package}"))


def _declaration(package: str, name: str, folder: Path) -> str:
    """The line of `go doc -short` that declares the function."""
    text = _go(["doc", "-short", package, name], folder, f"{package} has no exported function {name}")
    lines = [line.strip() for line in text.splitlines()]
    return next(
        (line for line in lines if re.match(rf"(func|type|var|const) {name}\b", line)), lines[0] if lines else ""
    )


def _check_package(listed: dict[str, Any]) -> None:
    if listed["Name"] == "main":
        raise Refusal(f"{listed['ImportPath']} is a program, and Go imports none", "move the function into a package")
    if listed.get("Standard") or "Module" not in listed:
        raise Refusal(f"{listed['ImportPath']} belongs to no module", "wrap its function in a package of your own")


def _module(listed: dict[str, Any]) -> Module:
    """A module that lies in a folder here is used from there, also where a replace directive leads to it."""
    local = listed.get("Replace", listed)
    folder = Path(local["Dir"]) if listed.get("Main") or not local.get("Version") else None
    replaced = _replaced(folder) if folder else ()
    return Module(listed["Path"], listed.get("Version", "v0.0.0"), listed.get("GoVersion", "1.21"), folder, replaced)


def _replaced(folder: Path) -> tuple[tuple[str, str], ...]:
    """The replace directives of a module, which hold for it alone: a project that imports it needs them again."""
    edited = json.loads(_go(["mod", "edit", "-json"], folder, f"{folder}/go.mod cannot be read"))
    return tuple(_replacement(folder, one["Old"], one["New"]) for one in edited.get("Replace") or () if _foreign(one))


def _foreign(directive: dict[str, Any]) -> bool:
    return directive["Old"]["Path"] != GO_MODULE  # the checkout stands in for it


def _replacement(folder: Path, old: dict[str, str], new: dict[str, str]) -> tuple[str, str]:
    target = new["Path"] if "Version" in new else os.path.normpath(folder / new["Path"])
    return " ".join(filter(None, (old["Path"], old.get("Version")))), " ".join(
        filter(None, (target, new.get("Version")))
    )


def _go(arguments: list[str], folder: Path, problem: str) -> str:
    try:
        done = subprocess.run(
            ["go", *arguments], cwd=folder, capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
    except FileNotFoundError as error:
        raise Refusal("Go is missing", "get it from https://go.dev/dl") from error
    except subprocess.TimeoutExpired as error:
        raise Refusal(f"go {arguments[0]} took over {_WITHIN_S:.0f} s", "try it by hand") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it says nothing"])[0]
        raise Refusal(f"{problem}: {said}", _REMEDY)
    return done.stdout
