"""`gateway estimate` as a user runs it, on built programs and a module of their own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import exit_codes
from gateway.inputs import logs
from tests.estimate import user_module
from tests.running import built, runs

WORDS = "./internal/words"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = user_module.write(tmp_path_factory.mktemp("module"))
    (folder / "app.log").write_bytes(logs.generate(1, 1 << 18))
    (folder / "empty.log").touch()
    return folder


def estimate(module: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", "--bin", str(built()), "estimate", *arguments]
    return subprocess.run(command, cwd=module, capture_output=True, text=True, timeout=300, check=False)


def test_it_says_what_the_rust_must_be_for_each_size_and_placement(module: Path):
    done = estimate(module, f"{WORDS}.Text", "--input", "app.log", "--share", "0.4", "--rounds", "41", "--json")
    assert done.returncode in (exit_codes.OK, exit_codes.CANNOT_TELL), done.stderr
    told = json.loads(done.stdout)
    assert [one["name"] for one in told["payloads"]] == ["a line", "4 KiB", "64 KiB"]
    assert told["rounds"] == 41
    for payload in told["payloads"]:
        ways = {way["route"]: way for way in payload["ways"]}
        assert ways.keys() == {"cgo/raw", "uds/msgpack", "grpc-uds/protobuf"}
        inproc, sidecar = ways["cgo/raw"], ways["uds/msgpack"]
        assert inproc["boundary"]["estimate"] < sidecar["boundary"]["estimate"]
        assert sidecar["boundary"]["low"] is not None
        assert inproc["ceiling"]["estimate"] > sidecar["ceiling"]["estimate"]
        assert inproc["ceiling"]["estimate"] < 1 / 0.6
    line, _, large = told["payloads"]
    assert not next(way for way in line["ways"] if way["route"] == "uds/msgpack")["possible"]
    assert large["go"]["estimate"] > line["go"]["estimate"]
    assert told["yardsticks"].keys() == {"digest", "inflate", "redact", "topk"}


def test_the_text_is_short_and_says_that_few_rounds_carry_nothing(module: Path):
    done = estimate(module, f"{WORDS}.hidden", "--input", "app.log", "--size", "4KiB", "--rounds", "2")
    assert done.returncode == exit_codes.CANNOT_TELL
    assert "no: too few rounds (2)" in done.stdout
    assert "gateway new NAME --go" in done.stdout
    assert len(done.stdout.splitlines()) < 25


def test_the_policy_is_that_of_gateway_toml(module: Path, tmp_path: Path):
    (tmp_path / "gateway.toml").write_text("[verdict]\nminimum_gain = 0.5\nisolation = true\n")
    arguments = [f"{WORDS}.Text", "--module", str(module), "--input", str(module / "app.log"), "--size", "64KiB"]
    done = estimate(tmp_path, *arguments, "--rounds", "2")
    assert "for a call that is 1.5 times as fast" in done.stdout
    assert "requires isolation: in process is no choice" in done.stdout
    told = json.loads(estimate(tmp_path, *arguments, "--rounds", "2", "--json").stdout)
    needed = [way["needed"]["estimate"] for way in told["payloads"][0]["ways"]]
    assert all(one is None or one >= 1.5 for one in needed)


def test_ctrl_c_ends_it_and_leaves_no_process(module: Path):
    command = [
        sys.executable,
        "-m",
        "gateway",
        "--bin",
        str(built()),
        "estimate",
        f"{WORDS}.Text",
        "--input",
        "app.log",
    ]
    with subprocess.Popen(command, cwd=module, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        next(line for line in process.stderr if "rounds" in line)
        children = [int(one) for one in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert len(children) >= 3
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(timeout=30) == exit_codes.INTERRUPTED
    assert not any(runs(child) for child in children)


def test_pieces_that_the_function_refuses_are_left_out_and_told(module: Path):
    (module / "mixed.txt").write_text("short\n" * 50 + "a line of more than twenty bytes\n" * 50)
    done = estimate(module, f"{WORDS}.RefusesLong", "--input", "mixed.txt", "--rounds", "2")
    assert "50 pieces that the function does not take" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([f"{WORDS}.Refuses", "--input", "app.log"], "returns an error for all 512 pieces of a line"),
        ([f"{WORDS}.Panics", "--input", "app.log"], "panics (runtime.boundsError) for all"),
        ([f"{WORDS}.Bytes", "--input", "empty.log"], "empty.log is empty"),
        ([f"{WORDS}.Bytes", "--input", "nowhere.log"], "cannot read input nowhere.log"),
        ([f"{WORDS}.Bytes", "--input", "app.log", "--size", "1MiB"], "--size 1 MiB is more than the input's"),
        ([f"{WORDS}.Bytes", "--input", "app.log", "--share", "1.5"], "1.5 is not in the range 0<x<=1"),
        ([f"{WORDS}.Two", "--input", "app.log"], "Two is declared as func Two(a, b []byte) []byte"),
        (["./broken.F", "--input", "app.log"], "example.com/shop/broken does not build: ./broken.go:3"),
        ([f"{WORDS}.Bytes", "--input", "app.log", "--module", "nowhere"], "nowhere is no folder"),
        ([f"{WORDS}.Bytes", "--input", "app.log", "--cpuprofile", "app.log"], "app.log is no pprof profile"),
        (
            [f"{WORDS}.Bytes", "--input", "app.log", "--share", "0.2", "--cpuprofile", "app.log"],
            "--share and --cpuprofile exclude each other",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused_in_a_line_without_the_inputs_bytes(
    module: Path, arguments: list[str], told: str
):
    done = estimate(module, *arguments)
    assert done.returncode == exit_codes.REFUSED
    assert told in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
