"""The Go client as `go get` brings it: from a git repository by a tag, into a module with nothing else of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from gateway.config import ROOT
from gateway.new.scaffold import GO_MODULE, PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC = "https://github.com/sidecar-ipc/gateway"
CONSUMER = """package main

import (
	"context"
	"fmt"
	"log"

	"github.com/sidecar-ipc/gateway/go_service/client"
	kernelsv1 "github.com/sidecar-ipc/gateway/go_service/gen/kernels/v1"
)

func main() {
	c, err := client.New()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	reply, err := c.Digest(context.Background(), &kernelsv1.DigestRequest{Data: []byte("abc")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%x\\n", reply.Sha256)
}
"""
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def run(*command: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the module's folder and the licence of the work tree, tagged as docs/install.md says."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(ROOT / "go_service", folder / "go_service", symlinks=True)
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    run(*git, "init", "-q", cwd=folder)
    run(*git, "add", "-A", cwd=folder)
    run(*git, "commit", "-qm", "published", cwd=folder)
    run(*git, "tag", f"go_service/{PUBLISHED}", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A module cache of its own: ours of that version must not be found by other builds of this machine."""
    cache = tmp_path_factory.mktemp("modules")
    yield cache
    run("go", "clean", "-modcache", cwd=cache, GOMODCACHE=str(cache))


def variables(published: Path, modules: Path) -> dict[str, str]:
    """Ours comes from git, by the public address; all else from what this machine has downloaded before."""
    downloaded = run("go", "env", "GOMODCACHE", cwd=ROOT / "go_service").strip()
    return {
        "GOMODCACHE": str(modules),
        "GOPROXY": f"file://{downloaded}/cache/download",
        "GONOPROXY": "github.com/sidecar-ipc",
        "GONOSUMDB": "github.com/sidecar-ipc",
        "GOSUMDB": "off",
        "GOWORK": "off",
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{published}.insteadOf",
        "GIT_CONFIG_VALUE_0": PUBLIC,
    }


def test_a_module_elsewhere_gets_the_client_by_its_tag_and_calls_a_kernel(
    published: Path, modules: Path, tmp_path: Path
):
    environment = variables(published, modules)
    (tmp_path / "main.go").write_text(CONSUMER, encoding="utf-8")
    run("go", "mod", "init", "example.com/consumer", cwd=tmp_path, **environment)
    packages = [f"{GO_MODULE}/{name}" for name in ("client", "gatewaytest")]
    run("go", "get", *(f"{package}@{PUBLISHED}" for package in packages), cwd=tmp_path, **environment)
    required = (tmp_path / "go.mod").read_text(encoding="utf-8")
    assert f"{GO_MODULE} {PUBLISHED}" in required
    assert "replace" not in required
    assert run("go", "run", "-trimpath", ".", cwd=tmp_path, **environment).strip() == SHA256_OF_ABC
    module = modules / f"{GO_MODULE}@{PUBLISHED}"
    assert (module / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert not (module / "tools").exists()  # a module of its own, for the generators
    run("go", "build", "-trimpath", *packages, cwd=tmp_path, **environment)
