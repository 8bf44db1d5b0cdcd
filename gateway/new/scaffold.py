"""Write the files of a project."""

import os
import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from gateway import __version__
from gateway.build.layout import Layout
from gateway.build.links import GO_MODULE
from gateway.build.toolchain import Version, dotted, go_needed, version_in
from gateway.errors import Refusal

if TYPE_CHECKING:
    from gateway.new.function import Function

FILES = {
    "README.md": "README.md.tmpl",
    "gateway.toml": "gateway.toml.tmpl",
    "go.mod": "go.mod.tmpl",
    "main.go": "main.go.tmpl",
    "Cargo.toml": "Cargo.toml.tmpl",
    "src/main.rs": "main.rs.tmpl",
    ".gitignore": "gitignore.tmpl",
}
LIBRARY_LINK = ("src/lib.rs", "main.rs")
"""One Rust file makes two targets: cargo wants them under two names."""
PUBLISHED = f"v{__version__}"
"""The tag of our Go module, without the folder that git's tag begins with (docs/install.md)."""
GO_WITHOUT_CHECKOUT: Version = (1, 26, 0)


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    name: str
    folder: Path
    function: "Function"
    input: Path
    cut: str
    comparer: str


def write(wanted: Wanted) -> None:
    """Write all files into a new folder; refuses one that exists."""
    try:
        wanted.folder.mkdir(parents=True)
        (wanted.folder / "src").mkdir()
        for name, template in FILES.items():
            (wanted.folder / name).write_text(_filled(template, wanted), encoding="utf-8")
        link, target = LIBRARY_LINK
        (wanted.folder / link).symlink_to(target)
        shutil.copyfile(wanted.input, wanted.folder / wanted.input.name)
    except OSError as error:
        raise Refusal(
            f"cannot write {error.filename or wanted.folder}", error.strerror or "check the folder"
        ) from error


def _filled(template: str, wanted: Wanted) -> str:
    text = resources.files("gateway.new").joinpath("templates", template).read_text(encoding="utf-8")
    return Template(text).substitute(_values(wanted))


def _values(wanted: Wanted) -> dict[str, str]:
    function = wanted.function
    return {
        "name": wanted.name,
        "crate": wanted.name.replace("-", "_"),
        "module": f"{function.parent}/{wanted.name}",
        "go": _go_version(function),
        "requires": "\n".join(f"\t{line}" for line in sorted(_requires(function))),
        "replaces": "".join(f"\nreplace {old} => {new}\n" for old, new in _replaces(wanted)),
        "import": function.package,
        "alias": function.package_name,
        "package": function.package_name,
        "function": function.name,
        "adapter": function.adapter,
        "input": wanted.input.name,
        "cut": wanted.cut,
        "comparer": wanted.comparer,
    }


def _go_version(function: "Function") -> str:
    """The newer of the function's module and ours."""
    layout = Layout.of_checkout()
    ours = go_needed(layout) if layout.has_sources() else GO_WITHOUT_CHECKOUT
    return dotted(max(ours, version_in(function.module.go) or ours))


def _requires(function: "Function") -> list[str]:
    return [f"{GO_MODULE} {PUBLISHED}", f"{function.module.path} {function.module.version}"]


def _replaces(wanted: Wanted) -> list[tuple[str, str]]:
    """A module in a folder is used from there, with the replacements that it makes itself."""
    module = wanted.function.module
    if module.folder is None:
        return []
    own = (module.path, _from(wanted.folder, module.folder))
    return [
        own,
        *((old, _from(wanted.folder, Path(new)) if new.startswith("/") else new) for old, new in module.replaced),
    ]


def _from(folder: Path, target: Path) -> str:
    """A path as go.mod wants it: relative, and begun with a dot."""
    relative = os.path.relpath(target, folder)
    return relative if relative.startswith(".") else f"./{relative}"
