"""The Go function that is estimated: found in the user's module, exported or not. Runs the go command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.go import package as packages
from gateway.go import signature as signatures
from gateway.go.command import attempt

if TYPE_CHECKING:
    from pathlib import Path

TAKEN = ("[]byte", "string")
GIVEN = ("[]byte", "string", "[]byte, error", "string, error")
POSSIBLE = "func([]byte) []byte, each of the two may be a string, with or without an error behind the result"
REMEDY = "run it in the module of the function, and name PACKAGE.FUNC, such as ./internal/redact.Redact"


@dataclass(frozen=True, slots=True)
class Subject:
    """A function of one parameter and one result, bytes or text; `fails` says that an error comes with the result."""

    package: packages.Package
    name: str
    declaration: str
    taken: str
    given: str
    fails: bool

    @property
    def title(self) -> str:
        """The function as people name it: `example.com/shop/internal/redact.Redact`."""
        return f"{self.package.path}.{self.name}"

    @property
    def symbol(self) -> str:
        """The function as profiles name it: a program's package is `main` there."""
        return f"main.{self.name}" if self.package.name == "main" else self.title


def find(text: str, folder: Path) -> Subject:
    """The function that PACKAGE.FUNC names, seen from a folder; refuses what cannot be called with a piece of input."""
    named = packages.reference(text, "", REMEDY)
    _refuse_method(named, folder)
    package = _in_a_folder(packages.find(named.package, folder, REMEDY), folder)
    declaration = packages.declaration(package.path, named.name, folder, REMEDY, unexported=True)
    return of(package, named.name, declaration)


def of(package: packages.Package, name: str, declaration: str) -> Subject:
    """The subject that a declaration describes; refuses every other signature, by its kind."""
    found = signatures.parse(declaration)
    if found.taken not in TAKEN or found.given not in GIVEN:
        raise Refusal(f"{name} is {_described(declaration)}", f"possible is {POSSIBLE}; wrap it in such a function")
    given, _, error = found.given.partition(", ")
    return Subject(package, name, declaration, found.taken, given, bool(error))


def _described(declaration: str) -> str:
    kind = signatures.kind(declaration)
    word = {"method": "a method, ", "generic": "generic, ", "function": ""}.get(kind, f"no function but a {kind}, ")
    return f"{word}declared as {declaration}"


def _refuse_method(named: packages.Reference, folder: Path) -> None:
    """PACKAGE.TYPE.METHOD looks like a package whose path ends in .TYPE: told apart by whether go finds that one."""
    package, dot, kind = named.package.rpartition(".")
    kind = kind.strip("(*)")
    if not dot or not kind.isidentifier() or not package.strip("./"):
        return
    if attempt(["list", named.package], folder).returncode and not attempt(["list", package], folder).returncode:
        method = f"{kind}.{named.name}"
        declaration = packages.declaration(package, method, folder, REMEDY, unexported=True)
        raise Refusal(f"{method} is {_described(declaration)}", f"possible is {POSSIBLE}; wrap it in such a function")


def _in_a_folder(package: packages.Package, folder: Path) -> packages.Package:
    """The package, when a file can be laid over its folder; go refuses that for fetched modules."""
    module = package.module
    local = module and (module.get("Main") or ("Replace" in module and "Version" not in module["Replace"]))
    if package.standard or not local:
        raise Refusal(f"{package.path} is not of the module in {folder}", "wrap its function in one of your own")
    return package
