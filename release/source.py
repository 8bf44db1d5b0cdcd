"""The commit that is released, and a tree of it apart from the work folder, so that nothing uncommitted gets in."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from release.errors import ReleaseError
from release.tools import run

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://github.com/sidecar-ipc/gateway"


@dataclass(frozen=True)
class Source:
    """A commit: its hash, its time in s since 1970, the version that it states, and the folder that it lies in."""

    commit: str
    epoch_s: int
    version: str
    tree: Path

    @property
    def name(self) -> str:
        """What archives of it are called."""
        return f"sidecar-ipc-gateway-{self.version}"


def checked_out(root: Path, tree: Path, revision: str = "HEAD") -> Source:
    """Put the revision into `tree`, which keeps what was built there before. Raises ReleaseError outside of git."""
    if not (root / ".git").exists():
        raise ReleaseError(f"{root} is no git checkout", "release from a clone: the commit is part of a release")
    commit = run("git", "rev-parse", "--verify", f"{revision}^{{commit}}", folder=root).strip()
    _clone(root, tree, commit)
    return described(tree)


def described(tree: Path) -> Source:
    """The commit that `tree` is at."""
    commit, epoch_s = run("git", "log", "-1", "--format=%H %ct", folder=tree).split()
    project = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Source(commit, int(epoch_s), project["version"], tree)


def files(source: Source, *under: str) -> dict[str, Path]:
    """Path inside the tree → file, of what git keeps below `under`."""
    listed = run("git", "ls-files", "-z", "--", *under, folder=source.tree)
    return {name: source.tree / name for name in listed.split("\0") if name}


def _clone(root: Path, tree: Path, commit: str) -> None:
    if not (tree / ".git").is_dir():
        shutil.rmtree(tree, ignore_errors=True)
        tree.parent.mkdir(parents=True, exist_ok=True)
        run("git", "clone", "--quiet", "--shared", "--no-checkout", str(root), str(tree), folder=root)
    else:
        run("git", "fetch", "--quiet", str(root), commit, folder=tree)
    run("git", "checkout", "--quiet", "--force", "--detach", commit, folder=tree)
    run("git", "clean", "--quiet", "-fd", folder=tree)
