"""An environment that has the wheel, and a machine that has nothing else: no Go, no Rust, not even an `ls`."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.config import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_WITHIN_S = 120.0


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and an empty folder that is its whole PATH."""

    folder: Path
    path: Path

    @property
    def package(self) -> Path:
        """The installed package."""
        return next(self.folder.glob("lib/python3*/site-packages")) / "gateway"

    def gateway(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run the installed command to its end."""
        return subprocess.run(
            [str(self.folder / "bin" / "gateway"), *arguments],
            cwd=cwd or self.path,
            env={"PATH": str(self.path), "HOME": str(self.path), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )


def built(kind: str, folder: Path, **environment: str) -> Path:
    """What hatchling makes of this checkout: a `wheel` or an `sdist`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.iterdir()
    return made


def wheel_of(sdist: Path, folder: Path) -> Path:
    """What pip makes of sources that it was given where no wheel fits."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    done = subprocess.run([*command, str(sdist)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.iterdir()
    return made


def installed(package: Path, folder: Path) -> Environment:
    """A new environment with a package; what it depends on is taken from ours, so that no index is asked."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    environment = Environment(folder / "env", folder / "empty")
    environment.path.mkdir()
    done = pip(environment, "install", "--no-deps", str(package))
    assert done.returncode == 0, done.stdout + done.stderr
    # After pip, which would take the checkout's own package for one that it may replace.
    (environment.package.parent / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return environment


def pip(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Pip at work on an environment, without an index."""
    python = str(environment.folder / "bin" / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", *arguments, "--no-index"]
    return subprocess.run(command, capture_output=True, text=True, check=False)
