"""Files that lead a project's tools to this checkout, while our packages are not published.

cargo takes `.cargo/config.toml` and go takes `go.work`: a project names our packages by version alone, builds without
an edit, also by hand and in an editor, and needs none of these files once the packages are published.
"""

import os
import re
import shutil
from typing import TYPE_CHECKING

from gateway.build.toolchain import dotted, go_needed

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.build.layout import Layout

WRITTEN = "written by `gateway build`: where this machine has the checkout; not to be committed"
GO_MODULE = "github.com/sidecar-ipc/gateway/go_service"
RUST_CRATE = "sidecar-host"
_FOLDER_REPLACED = re.compile(r"=>\s+(\.\S*|/\S+)\s*$", re.MULTILINE)


def write(folder: "Path", layout: "Layout") -> dict[str, str]:
    """Write them, where there is a checkout and the tool is used; give the variables that make the tools see them."""
    if not layout.has_sources():
        return {}
    if (folder / "Cargo.toml").is_file():
        _write(folder / ".cargo" / "config.toml", _cargo(layout), "#")
        _seed(layout.rust / "Cargo.lock", folder / "Cargo.lock")
    if not (folder / "go.mod").is_file() or not _write(folder / "go.work", _go(layout), "//"):
        return {}
    (folder / "go.work.sum").write_text(_sums(folder, layout), encoding="utf-8")
    return {"GOWORK": os.fspath(folder / "go.work")}


def _cargo(layout: "Layout") -> str:
    return f'[patch.crates-io]\n{RUST_CRATE}.path = "{layout.rust / "host"}"\n'


def _go(layout: "Layout") -> str:
    return f"go {dotted(go_needed(layout))}\n\nuse .\n\nreplace {GO_MODULE} => {layout.go}\n"


def _sums(folder: "Path", layout: "Layout") -> str:
    """The checksums that the modules in folders have: ours, and those that go.mod replaces by a folder."""
    targets = _FOLDER_REPLACED.findall((folder / "go.mod").read_text(encoding="utf-8"))
    files = [module / "go.sum" for module in (layout.go, *(folder / target for target in targets))]
    lines = [line for file in files if file.is_file() for line in file.read_text(encoding="utf-8").splitlines()]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _write(path: "Path", content: str, comment: str) -> bool:
    """Write a file of ours; leave one that is the user's own, and say whether it is ours."""
    text = f"{comment} {WRITTEN}\n{content}"
    before = path.read_text(encoding="utf-8") if path.is_file() else None
    if before is not None and WRITTEN not in before:
        return False
    if before != text:  # the tools look at times
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


def _seed(lock: "Path", own: "Path") -> None:
    """Begin with the versions that the worker is tested with; cargo drops what is not needed and keeps the rest."""
    if not own.is_file():
        shutil.copyfile(lock, own)
