"""The Go function that a project is made of, as the go command tells of it. Runs the Go tool."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.build.links import GO_MODULE
from gateway.errors import Refusal
from gateway.go import package as packages
from gateway.go import signature as signatures
from gateway.go.command import go

ADAPTERS = {
    ("[]byte", "[]byte"): "client.Infallible({})",
    ("[]byte", "[]byte, error"): "{}",
    ("string", "string"): "client.Text({})",
    ("string", "string, error"): "client.TextWithError({})",
}
"""Parameter and results → what client.RegisterBytes takes."""
POSSIBLE = "func([]byte) []byte, func([]byte) ([]byte, error), func(string) string or func(string) (string, error)"
_REMEDY = "run it in the module of the function, and write --go PACKAGE.FUNC, such as ./normalize.Lines"


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
    named = packages.reference(reference, "--go ", _REMEDY)
    package = packages.find(named.package, folder, _REMEDY)
    module = _module(_checked(package))
    taken, given = signature(packages.declaration(package.path, named.name, folder, _REMEDY), named.name)
    return Function(package.path, package.name, named.name, taken, given, module)


def signature(declaration: str, name: str) -> tuple[str, str]:
    """Parameter and results of a declaration, without their names; refuses one that is no function of bytes or text."""
    found = signatures.parse(declaration)
    if (found.taken, found.given) not in ADAPTERS:
        raise Refusal(f"{name} is declared as {declaration}", f"a kernel is {POSSIBLE}; wrap it in such a function")
    return found.taken, found.given


def _checked(package: packages.Package) -> dict[str, Any]:
    """Its module; refuses a package that no other can import."""
    if package.name == "main":
        raise Refusal(f"{package.path} is a program, and Go imports none", "move the function into a package")
    if package.standard or package.module is None:
        raise Refusal(f"{package.path} belongs to no module", "wrap its function in a package of your own")
    return package.module


def _module(listed: dict[str, Any]) -> Module:
    """A module that lies in a folder here is used from there, also where a replace directive leads to it."""
    local = listed.get("Replace", listed)
    folder = Path(local["Dir"]) if listed.get("Main") or not local.get("Version") else None
    replaced = _replaced(folder) if folder else ()
    return Module(listed["Path"], listed.get("Version", "v0.0.0"), listed.get("GoVersion", "1.21"), folder, replaced)


def _replaced(folder: Path) -> tuple[tuple[str, str], ...]:
    """The replace directives of a module, which hold for it alone: a project that imports it needs them again."""
    edited = json.loads(go(["mod", "edit", "-json"], folder, f"{folder}/go.mod cannot be read", _REMEDY).stdout)
    return tuple(_replacement(folder, one["Old"], one["New"]) for one in edited.get("Replace") or () if _foreign(one))


def _foreign(directive: dict[str, Any]) -> bool:
    return directive["Old"]["Path"] != GO_MODULE  # the checkout stands in for it


def _replacement(folder: Path, old: dict[str, str], new: dict[str, str]) -> tuple[str, str]:
    target = new["Path"] if "Version" in new else os.path.normpath(folder / new["Path"])
    return " ".join(filter(None, (old["Path"], old.get("Version")))), " ".join(
        filter(None, (target, new.get("Version")))
    )
