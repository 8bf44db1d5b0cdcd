"""What an ordinary gRPC client sees that knows nothing but the worker's address."""

import base64
import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.plain_worker import ROOT, PlainProcess, plain_worker

TOOLS = ROOT / "build" / "tools"
TEXT = b"login of ann@example.com from 203.0.113.7"
MASKED = b"login of *************** from ***********"


@pytest.fixture(scope="module")
def worker() -> Iterator[PlainProcess]:
    with plain_worker() as running:
        yield running


@pytest.fixture(params=["grpc-tcp", "grpc-uds"])
def address(request: pytest.FixtureRequest, worker: PlainProcess) -> list[str]:
    """The address as grpcurl takes it: flags, then the target."""
    target = worker.endpoints[request.param]
    return [target] if request.param == "grpc-tcp" else ["-unix", target]


def run(tool: str, *args: str) -> str:
    path = TOOLS / tool
    assert path.exists(), f"{path} is missing: run `make {path.relative_to(ROOT)}`"
    done = subprocess.run([path, *args], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_reflection_lists_every_service(address: list[str]) -> None:
    services = run("grpcurl", "-plaintext", *address, "list").split()
    ours = {f"kernels.v1.{name}Service" for name in ("Echo", "Spin", "Digest", "Redact")}
    assert ours | {"grpc.health.v1.Health"} <= set(services)
    assert not any(service.startswith("faults.v1") for service in services)


def test_reflection_describes_a_request(address: list[str]) -> None:
    assert "bytes text = 1;" in run("grpcurl", "-plaintext", *address, "describe", "kernels.v1.RedactRequest")


@pytest.mark.parametrize("service", ["", "kernels.v1.RedactService"])
def test_health_says_serving(address: list[str], service: str) -> None:
    request = json.dumps({"service": service})
    answer = run("grpcurl", "-plaintext", "-d", request, *address, "grpc.health.v1.Health/Check")
    assert json.loads(answer) == {"status": "SERVING"}


def test_redact_answers_by_reflection_alone(address: list[str]) -> None:
    request = json.dumps({"text": base64.b64encode(TEXT).decode()})
    answer = run("grpcurl", "-plaintext", "-d", request, *address, "kernels.v1.RedactService/Redact")
    assert base64.b64decode(json.loads(answer)["text"]) == MASKED


@pytest.mark.parametrize("channel", ["grpc-tcp", "grpc-uds"])
def test_ghz_calls_redact_without_a_failure(worker: PlainProcess, channel: str, tmp_path: pathlib.Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"text": base64.b64encode(TEXT).decode()}))
    scheme = "unix://" if channel == "grpc-uds" else ""
    load = ("--total=500", "--concurrency=4", "--format=json", f"--data-file={request}")
    target = scheme + worker.endpoints[channel]
    report = json.loads(run("ghz", "--insecure", "--call=kernels.v1.RedactService.Redact", *load, target))
    assert report["statusCodeDistribution"] == {"OK": 500}
