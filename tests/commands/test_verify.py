"""`gateway verify`: every route's bytes against the oracle's, and against native on a user's input."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.inputs import logs
from gateway.verify import vectors
from gateway.wire import kernels
from gateway.wire.routes import ROUTES
from tests.running import gateway


def test_every_route_passes_every_vector():
    ended = gateway("verify")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    passed = re.fullmatch(r"(\d+) passed, 0 failed", ended.stdout.splitlines()[-1])
    assert passed
    assert "not run" not in ended.stdout
    # Every route takes every vector, through the proxy and by streams too; native/original those that have one.
    whole, originals = vectors.read(kernels.NAMES), vectors.read(["redact", "tokenize", "topk", "inflate"])
    assert int(passed[1]) == (len(ROUTES) - 1) * len(whole) + len(originals)


@pytest.mark.parametrize(
    ("plant", "routes"),
    [
        ("byte:rust-kernel", {"cgo/raw", "uds/msgpack", "grpc-uds/protobuf", "grpc-tcp/protobuf"}),
        ("byte:go-twin", {"native"}),
        ("byte:rust-codec", {"uds/msgpack"}),
        ("byte:go-codec", {"uds/msgpack"}),
    ],
)
def test_a_planted_byte_fails_and_is_named(plant: str, routes: set[str]):
    ended = gateway("verify", "--kernel", "digest", plant=plant)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    failed = set(re.findall(r"^FAILED digest (\S+) \S+: ", ended.stdout, re.MULTILINE))
    assert routes <= failed
    if "native" not in routes:
        assert "native" not in failed
    assert re.fullmatch(r"\d+ passed, [1-9]\d* failed", ended.stdout.splitlines()[-1])


def test_on_an_input_every_route_is_compared_with_native(tmp_path: Path):
    file = tmp_path / "app.log"
    file.write_bytes(logs.generate(9, 200_000) + b"no end of line")
    ended = gateway("verify", "--kernel", "redact", "--input", str(file), "--route", "uds", "--route", "cgo/raw")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed", ended.stdout.splitlines()[-1])


def test_a_difference_on_an_input_is_named_by_its_place_without_its_bytes(tmp_path: Path):
    file = tmp_path / "app.log"
    file.write_bytes(b"harmless words\n" * 100)
    ended = gateway(
        "verify", "--kernel", "redact", "--input", str(file), "--route", "uds/raw", plant="byte:rust-kernel"
    )
    assert ended.returncode == 1
    assert "FAILED redact uds/raw bytes 0 to " in ended.stdout
    assert "harmless" not in ended.stdout + ended.stderr


def test_results_are_written_as_junit(tmp_path: Path):
    file = tmp_path / "verify.xml"
    ended = gateway("verify", "--kernel", "echo", "--route", "uds/raw", "--junit", str(file))
    assert ended.returncode == 0, ended.stderr
    (suite,) = ET.parse(file).getroot()  # noqa: S314 - our own bytes
    assert (suite.get("name"), suite.get("tests")) == ("echo uds/raw", str(len(vectors.read(["echo"]))))


def test_a_junit_file_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path):
    ended = gateway("verify", "--junit", str(tmp_path / "none" / "verify.xml"))
    assert ended.returncode == 2
    assert "cannot write" in ended.stderr
