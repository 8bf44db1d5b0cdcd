"""Two releases of one commit in two folders, as different as a machine allows; `make reproducible`, many minutes.

The first has the network and this user's caches. The second is made from what `make vendor` put aside, in a network
namespace with nothing in it but loopback, with caches of its own, in another time zone, under another umask.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from release import contents, sums
from release.errors import ReleaseError
from release.tools import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FIRST, SECOND = "one", "elsewhere/and/deeper/two"
_LINES_SHOWN = 40


def main(root: Path, out: Path | None) -> int:
    """Exit code 0 when all checksums are equal, 1 when not."""
    work = out or root / "build" / "twice"
    shutil.rmtree(work, ignore_errors=True)
    commit = run("git", "rev-parse", "HEAD", folder=root).strip()
    first, second = (_clone(root, work / name, commit) for name in (FIRST, SECOND))
    with_network(first, work)
    without_network(second, work)
    return _told(first / "dist", second / "dist")


def with_network(tree: Path, work: Path) -> None:
    """The release as anybody makes it."""
    _step("release with the network", ["make", "release"], tree, work / "one.log", {})


def without_network(tree: Path, work: Path) -> None:
    """The release out of what was vendored; the Python environment too is made again from the wheels."""
    _step("vendor", ["make", "vendor"], tree, work / "vendor.log", {})
    shutil.rmtree(tree / ".venv")
    apart = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "GOCACHE": str(work / "gocache")}
    command = cut_off("umask 077 && make release OFFLINE=1")
    _step("release without a network", command, tree, work / "two.log", apart)


def cut_off(script: str) -> list[str]:
    """A shell script in a network namespace of its own (unshare(1)), which begins with a loopback that is down."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    up = "if command -v ip >/dev/null; then ip link set lo up; fi"
    return ["unshare", *as_root, "--net", "bash", "-euc", f"{up}; {script}"]


def _clone(root: Path, tree: Path, commit: str) -> Path:
    tree.parent.mkdir(parents=True, exist_ok=True)
    run("git", "clone", "--quiet", "--no-checkout", str(root), str(tree), folder=root)
    run("git", "checkout", "--quiet", "--detach", commit, folder=tree)
    return tree


def _step(name: str, command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]) -> None:
    began_s = time.monotonic()
    with log.open("wb") as output:
        variables = {**os.environ, **environment}
        done = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES_SHOWN:])
        raise ReleaseError(f"{name} failed in {folder}", f"mend what {log} says\n{end}")
    print(f"{name}: {time.monotonic() - began_s:.0f} s", flush=True)


def _told(first: Path, second: Path) -> int:
    """Say file by file which bytes differ; both lists of checksums are equal when none does."""
    one, two = sums.read(first), sums.read(second)
    differing = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    for name, digest in one.items():
        print(f"{'differs' if name in differing else 'same'}  {digest[:16]}  {name}")
    for name in differing:
        print("\n".join(contents.differences(first / name, second / name)))
    print(f"reproducible: {len(one)} files, {len(differing)} differ")
    return 1 if differing else 0
