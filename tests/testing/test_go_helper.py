"""`gatewaytest.Start` in a Go module of a user's own, outside of this checkout."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway import config
from tests.running import built
from tests.testing.documented import code

MODULE = "github.com/sidecar-ipc/gateway/go_service"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documented test file as a module of its own, built; without paths in it, as a module from a proxy is."""
    folder = tmp_path_factory.mktemp("mask")
    (folder / "mask_test.go").write_text(code("go"), encoding="utf-8")
    go(folder, "mod", "init", "example.test/mask")
    go(folder, "mod", "edit", f"-require={MODULE}@v0.0.0", f"-replace={MODULE}={config.ROOT / 'go_service'}")
    go(folder, "mod", "tidy")
    go(folder, "test", "-c", "-trimpath", "-o", "mask.test", ".")
    return folder / "mask.test"


def go(folder: Path, *arguments: str) -> None:
    """Run a command of Go without cgo."""
    binary = shutil.which("go")
    assert binary, "go is missing: install Go 1.26"
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"}
    ended = subprocess.run(
        [binary, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("environment", "passes", "says"),
    [
        ({"PATH": str(config.ROOT / "bin")}, True, "--- PASS: TestACrashIsAnErrorAndNotTheEnd"),
        ({"SIDECAR_WORKER": str(config.ROOT / "bin" / "sidecar-worker")}, True, "--- PASS: TestAnAddressIsMasked"),
        ({}, True, "--- SKIP: TestAnAddressIsMasked"),
        ({"SIDECAR_REQUIRE_WORKER": "0"}, True, "--- SKIP: TestAnAddressIsMasked"),
        ({"SIDECAR_REQUIRE_WORKER": "1"}, False, "no sidecar-worker: put it on the PATH, or name it by SIDECAR_WORKER"),
    ],
)
def test_a_worker_is_found_or_the_test_is_skipped_or_required(
    program: Path, environment: dict[str, str], passes: bool, says: str
):
    built()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")}
    variables = {**kept, "PATH": "/nowhere", **environment}
    ended = subprocess.run(
        [program, "-test.v"], cwd=program.parent, env=variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode == 0) == passes, ended.stdout
    assert says in ended.stdout
