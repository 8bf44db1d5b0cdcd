"""The wheel's build hook: puts programs and run-time data into the package, and gives the tag that the programs need.

An editable install takes both from the checkout, so nothing happens then. A wheel from sources without built programs
is pure Python and says so; with SIDECAR_WHEEL=platform it is refused instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENVIRONMENT, PLATFORM = "SIDECAR_WHEEL", "platform"
HEADER = "rust_worker/inproc/include/sidecar_inproc.h"
TERMS = "bin/NOTICE"
"""What a release writes: the terms of all that is linked into the programs."""


class Carried(BuildHookInterface):
    """Called by hatchling for the target wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add files, and the tag where there are programs among them."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, self.root)  # the package's own modules tell what is carried and read the programs
        self._folder = tempfile.TemporaryDirectory(prefix="wheel-")
        build_data["force_include"].update(_data(root, Path(self._folder.name)))
        programs = _programs(root)
        if programs:
            build_data["force_include"].update(_included(root, programs))
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform_tag(programs)}"
        elif os.environ.get(ENVIRONMENT) == PLATFORM:
            raise SystemExit(f"{ENVIRONMENT}={PLATFORM}, but bin/ lacks programs: run `gateway build` first")
        else:
            self.app.display_warning("bin/ lacks programs: this wheel is pure Python and measures nothing by itself")

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was only made to be put in."""
        if version != "editable":
            self._folder.cleanup()


def _data(root: Path, folder: Path) -> dict[str, str]:
    """Source → place in the wheel of what is read at run time; an image that measures nothing may leave folders out."""
    from gateway import installed

    made = folder / installed.BUILT_FROM
    made.write_text(json.dumps(_built_from(root), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    within = f"gateway/{installed.DATA}"
    carried = {str(root / name): f"{within}/{name}" for name in installed.CARRIED if (root / name).is_dir()}
    return {**carried, str(made): f"{within}/{installed.BUILT_FROM}"}


def _programs(root: Path) -> list[Path]:
    """All of them, or none."""
    from gateway.build.recipe import GO_OUTPUTS, REFERENCES, RUST_OUTPUTS

    names = [name for name in (*RUST_OUTPUTS, REFERENCES, *GO_OUTPUTS) if not name.endswith(".a")]
    found = [root / "bin" / name for name in names]
    return found if all(program.is_file() for program in found) else []


def _included(root: Path, programs: list[Path]) -> dict[str, str]:
    from gateway import installed

    files = [*programs, root / HEADER, *(root / name for name in (TERMS,) if (root / name).is_file())]
    return {str(file): f"gateway/{installed.PROGRAMS}/{file.name}" for file in files}


def _platform_tag(programs: list[Path]) -> str:
    from gateway.build import binary, wheel_tag

    return wheel_tag.platform_tag({program.name: binary.read(program) for program in programs})


def _built_from(root: Path) -> dict[str, Any]:
    """Commit, whether the tree differs from it, and cargo's release profile, for the runs that the wheel will make."""
    manifest = root / "rust_worker" / "Cargo.toml"
    profiles = tomllib.loads(manifest.read_text(encoding="utf-8"))["profile"] if manifest.is_file() else {}
    return {**_git_state(root), "rust_profile": profiles.get("release", {})}


def _git_state(root: Path) -> dict[str, Any]:
    if not (root / ".git").exists():
        return {}
    commit, changes = _git(root, "rev-parse", "HEAD"), _git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit.strip(), "dirty": bool(changes.strip())} if commit else {}


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
