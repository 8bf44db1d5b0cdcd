"""Where the files come from: an in-toto statement (v1) with SLSA's provenance predicate (v1). Pure but for `here`.

It is not signed: docs/releasing.md says how the release workflow signs it, and what an unsigned one is worth.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from release import sums
from release.source import REPOSITORY
from release.tools import run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from release.source import Source

FILE = "provenance.intoto.json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = f"{REPOSITORY}/blob/main/docs/releasing.md#build-type"
LOCAL_BUILDER = f"{REPOSITORY}/blob/main/docs/releasing.md#a-build-of-your-own"
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
LOCKS = ("rust_worker/Cargo.lock", "go_service/go.mod", "go_service/go.sum", *PYTHON_LOCKS)
COMMANDS = ("make setup-dev", "make release")


@dataclass(frozen=True)
class Builder:
    """Who builds, on what, in which run; times in s since 1970."""

    identity: str
    invocation: str
    tools: Mapping[str, str]
    began_s: float
    ended_s: float


def here(tree: Path, began_s: float, ended_s: float) -> Builder:
    """This machine, or the run of GitHub Actions that it belongs to."""
    server, repository = os.environ.get("GITHUB_SERVER_URL", ""), os.environ.get("GITHUB_REPOSITORY", "")
    workflow, number = os.environ.get("GITHUB_WORKFLOW_REF", ""), os.environ.get("GITHUB_RUN_ID", "")
    identity = f"{server}/{workflow}" if workflow else LOCAL_BUILDER
    invocation = f"{server}/{repository}/actions/runs/{number}" if number else ""
    return Builder(identity, invocation, tools(tree), began_s, ended_s)


def tools(tree: Path) -> dict[str, str]:
    """Compilers and the system: with others the bytes may be others."""
    return {
        "go": run("go", "env", "GOVERSION", folder=tree / "go_service").strip(),
        "rustc": run("rustc", "--version", folder=tree / "rust_worker").strip(),
        "cc": run("cc", "--version", folder=tree).splitlines()[0],
        "ld": run("ld", "--version", folder=tree).splitlines()[0],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}",
    }


def document(source: Source, subjects: Mapping[str, str], builder: Builder) -> str:
    """The statement over `subjects`, file name → SHA-256."""
    content = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects.items()],
        "predicateType": PREDICATE,
        "predicate": {"buildDefinition": _definition(source, builder), "runDetails": _run(builder)},
    }
    return json.dumps(content, indent=1) + "\n"


def _definition(source: Source, builder: Builder) -> dict[str, Any]:
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": {"repository": REPOSITORY, "commit": source.commit, "version": source.version},
        "internalParameters": {
            "commands": list(COMMANDS),
            "SOURCE_DATE_EPOCH": str(source.epoch_s),
            "tools": dict(builder.tools),
        },
        "resolvedDependencies": _materials(source),
    }


def _materials(source: Source) -> list[dict[str, Any]]:
    """The commit, and the lock files that pin all the rest by hash."""
    commit = {"uri": f"git+{REPOSITORY}@{source.commit}", "digest": {"gitCommit": source.commit}}
    return [commit, *({"name": name, "digest": {"sha256": sums.of_file(source.tree / name)}} for name in LOCKS)]


def _run(builder: Builder) -> dict[str, Any]:
    about = {"startedOn": _time(builder.began_s), "finishedOn": _time(builder.ended_s)}
    if builder.invocation:
        about["invocationId"] = builder.invocation
    return {"builder": {"id": builder.identity}, "metadata": about}


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
