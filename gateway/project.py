"""A project of one's own: what its gateway.toml says of kernels, inputs, vectors and of how it is built. Pure."""

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.errors import Refusal, unknown
from gateway.wire.kernels import is_bytes_name

if TYPE_CHECKING:
    from collections.abc import Mapping

TOP_KEYS = ("kernels", "vectors", "library")
BUILD_KEYS = ("worker", "driver")
KERNEL_KEYS = ("input", "cut", "comparer", "tolerance")
CUTS = ("lines", "anywhere", "whole")
COMPARERS = ("bytes", "json", "approx")
DEFAULT_TOLERANCE = 1e-9
_TARGET = "target"


@dataclass(frozen=True)
class OwnKernel:
    """A kernel of the project; `comparer` is None where the driver's word holds, `tolerance` a relative error."""

    name: str
    input: Path | None = None
    cut: str = "lines"
    comparer: str | None = None
    tolerance: float = DEFAULT_TOLERANCE


@dataclass(frozen=True)
class Project:
    """A gateway.toml with [kernels.NAME] tables.

    `commands` are those of [build] by program, `library` is linked into the driver for routes in process.
    """

    file: Path
    kernels: dict[str, OwnKernel]
    vectors: Path
    library: Path | None = None
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def folder(self) -> Path:
        """Where gateway.toml lies."""
        return self.file.parent

    def kernel(self, name: str) -> OwnKernel:
        """What is said of a kernel; the defaults where nothing is."""
        return self.kernels.get(name, OwnKernel(name))

    def built(self, path: Path) -> Path:
        """Where a path is after a build: below target/ it is in cargo's target folder, wherever that is."""
        elsewhere = os.environ.get("CARGO_TARGET_DIR")
        beside = self.folder / _TARGET
        return self.folder / elsewhere / path.relative_to(beside) if elsewhere and path.is_relative_to(beside) else path


def parse(file: Path, content: "Mapping[str, Any]") -> Project | None:
    """The project that a gateway.toml describes, None without [kernels]; refuses every unknown or impossible value."""
    tables = content.get("kernels")
    if tables is None:
        _refuse_stray(file, content)
        return None
    if not isinstance(tables, dict) or not tables or not all(isinstance(one, dict) for one in tables.values()):
        raise Refusal(f"kernels in {file} names no kernel", 'write [kernels.NAME] and below it input = "FILE"')
    for name in tables:
        _check_name(name, file)
    folder = file.parent
    library = _text(content, "library", file)
    return Project(
        file=file,
        kernels={name: _kernel(file, name, table) for name, table in tables.items()},
        vectors=folder / (_text(content, "vectors", file) or "vectors"),
        library=folder / library if library else None,
        commands={key: tuple(shlex.split(text)) for key in BUILD_KEYS if (text := _command(content, key, file))},
    )


def without(content: "Mapping[str, Any]") -> dict[str, Any]:
    """The rest of a gateway.toml: defaults of options."""
    rest = {key: value for key, value in content.items() if key not in TOP_KEYS}
    if isinstance(rest.get("build"), dict):
        rest["build"] = {key: value for key, value in rest["build"].items() if key not in BUILD_KEYS}
    return rest


def _refuse_stray(file: Path, content: "Mapping[str, Any]") -> None:
    build = content.get("build")
    stray = [key for key in TOP_KEYS if key in content]
    stray += [f"[build] {key}" for key in BUILD_KEYS if isinstance(build, dict) and key in build]
    if stray:
        raise Refusal(f"{stray[0]} in {file} belongs to a project, and no kernel is named", "add [kernels.NAME]")


def _check_name(name: str, file: Path) -> None:
    if not is_bytes_name(name):
        raise Refusal(f"[kernels.{name}] in {file}", "write lower-case letters, digits and dashes, a letter first")


def _kernel(file: Path, name: str, table: "Mapping[str, Any]") -> OwnKernel:
    where = f"{file} [kernels.{name}]"
    for key in table:
        if key not in KERNEL_KEYS:
            raise unknown(f"key in {where}", key, KERNEL_KEYS)
    given = _text(table, "input", where)
    return OwnKernel(
        name=name,
        input=file.parent / given if given else None,
        cut=_one_of(table, "cut", CUTS, where) or CUTS[0],
        comparer=_one_of(table, "comparer", COMPARERS, where),
        tolerance=_tolerance(table, where),
    )


def _text(table: "Mapping[str, Any]", key: str, where: object) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise Refusal(f"{key} = {value!r} in {where}", "write a text in quotes")
    return value


def _command(content: "Mapping[str, Any]", key: str, file: Path) -> str | None:
    build = content.get("build", {})
    return _text(build, key, f"{file} [build]") if isinstance(build, dict) else None


def _one_of(table: "Mapping[str, Any]", key: str, known: tuple[str, ...], where: str) -> str | None:
    value = _text(table, key, where)
    if value is not None and value not in known:
        raise unknown(f"{key} in {where}", value, known)
    return value


def _tolerance(table: "Mapping[str, Any]", where: str) -> float:
    value = table.get("tolerance", DEFAULT_TOLERANCE)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise Refusal(f"tolerance = {value!r} in {where}", "write a relative error from 0 to under 1, such as 1e-9")
    return float(value)
