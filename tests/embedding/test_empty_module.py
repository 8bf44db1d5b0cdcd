"""A team's own module imports the client, on a machine without Rust and without cgo."""

import os
import pathlib
import shutil
import subprocess

import pytest

from tests.plain_worker import ROOT, plain_worker

MODULE = "github.com/sidecar-ipc/gateway/go_service"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An empty module elsewhere that imports the client, built statically with nothing but Go on its PATH."""
    folder = tmp_path_factory.mktemp("caller")
    shutil.copy(pathlib.Path(__file__).with_name("main.go.txt"), folder / "main.go")
    go("mod", "init", "example.test/caller", folder=folder)
    go("mod", "edit", f"-require={MODULE}@v0.0.0", f"-replace={MODULE}={ROOT / 'go_service'}", folder=folder)
    go("mod", "tidy", folder=folder)
    go("build", "-o", "caller", ".", folder=folder)
    return folder / "caller"


def go(*args: str, folder: pathlib.Path) -> None:
    binary = shutil.which("go")
    assert binary, "go is missing: install Go 1.26"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CGO_")}
    environment = kept | {
        "CGO_ENABLED": "0",
        "PATH": f"{pathlib.Path(binary).parent}:/usr/bin:/bin",
        "GOFLAGS": "-mod=mod",
    }
    done = subprocess.run([binary, *args], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_is_a_static_binary(program: pathlib.Path) -> None:
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    assert "not a dynamic executable" in done.stdout + done.stderr


def test_it_calls_a_running_worker(program: pathlib.Path) -> None:
    with plain_worker() as worker:
        done = subprocess.run(
            [program, worker.endpoints["uds"]], capture_output=True, text=True, timeout=30, check=False
        )
    assert (done.returncode, done.stdout) == (0, "mail ***************\n"), done.stderr


def test_it_links_neither_tracing_nor_http_services(program: pathlib.Path) -> None:
    """The client stays small: what the service and the driver need is not pulled into a team's binary."""
    listed = subprocess.run(["go", "version", "-m", program], capture_output=True, text=True, check=True).stdout
    assert "prometheus" not in listed
    assert "opentelemetry.io/otel/sdk" not in listed
    assert "tiktoken" not in listed
