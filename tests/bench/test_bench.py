"""The main job with real processes: what it leaves behind, what it prints, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from gateway.bench import folder
from gateway.bench.intervals import MIN_ROUNDS
from gateway.bench.stage_profile import profiles
from gateway.bench.warmup import MOST_BLOCKS
from tests.running import built, gateway, runs, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = """
name = "small"
rounds = {rounds}
block_ms = 2
warmup_ms = 1
min_calls = 1
stamps_every = 5
reservoir = 50
timeout_ms = 0
budget_s = 0
minimum_gain = 0.2
control = "uds/msgpack"
[[scenarios]]
kernel = "echo"
sizes = ["1KiB"]
routes = ["native", "cgo/raw", "uds", "grpc-uds", "grpc-tcp", "grpc-stream/raw", "gateway/msgpack", "gateway-unary"]
references = ["bare-uds", "multiplexed-uds", "bare-cgo", "default-grpc", "bare-aio"]
[[scenarios]]
kernel = "echo"
sizes = ["1KiB"]
routes = ["uds/raw"]
modes = ["stamps", "unsampled", "sampled"]
[[scenarios]]
kernel = "redact"
sizes = ["256B", "4KiB", "16KiB"]
routes = ["native", "cgo/raw", "uds/msgpack"]
[[scenarios]]
kernel = "redact"
mix = true
routes = ["native", "uds/msgpack"]
[[scenarios]]
kernel = "digest"
sizes = ["4KiB"]
routes = ["native", "uds/msgpack"]
"""
INPUT = b"".join(b"order %d of mary.jones@example.com from 10.1.2.%d\n" % (n, n % 250) for n in range(4_000))


ROUNDS = MIN_ROUNDS
LONG_S = 120
"""Enough to verify and to warm up on a loaded machine."""


def write_plan(path: Path, rounds: int = ROUNDS) -> Path:
    path.write_text(PLAN.format(rounds=rounds))
    return path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.CompletedProcess[str]]]:
    """One run on a file of the test's own, with the folder that its sockets may lie in."""
    here = tmp_path_factory.mktemp("bench")
    (here / "own.log").write_bytes(INPUT)
    plan, out = write_plan(here / "plan.toml"), here / "run"
    runtime = Path(tempfile.mkdtemp(prefix="gb"))  # short: a socket's path has 107 bytes
    arguments = ["--plan", str(plan), "--input", str(here / "own.log"), "--seed", "7", "--out", str(out)]
    ended = gateway("bench", *arguments, XDG_RUNTIME_DIR=str(runtime))
    assert list(runtime.iterdir()) == []
    runtime.rmdir()
    yield out, ended


def manifest(out: Path) -> dict[str, Any]:
    return json.loads((out / "run.json").read_text())


def test_it_ends_well_with_the_ending_on_stdout_and_its_steps_on_stderr(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, ended = bench
    # Rounds that hang together, as on a loaded machine, carry no interval: then it can't tell.
    assert ended.returncode == (3 if "too few rounds" in ended.stdout else 0), ended.stdout + ended.stderr
    assert ended.stdout.lstrip().startswith(f"3 kernels · 3 placements · {ROUNDS} rounds")
    assert "[4/7] rounds" in ended.stderr
    assert "differs" not in ended.stdout


def test_the_run_folder_holds_what_it_should_and_no_byte_of_the_input(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, ended = bench
    names = {"run.json", "blocks.parquet", "samples.parquet", "summary.json", "spans.json", "report.html"}
    assert {path.name for path in out.iterdir()} == names
    for path in out.iterdir():
        assert b"mary.jones" not in path.read_bytes(), path
    assert "mary.jones" not in ended.stdout + ended.stderr
    samples = pq.read_table(out / "samples.parquet")
    assert not [field for field in samples.schema if "binary" in str(field.type)]


def test_run_json_says_what_was_run_where_and_from_what(bench: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    found = manifest(bench[0])
    assert (found["plan"]["name"], found["plan"]["seed"], found["state"]) == ("small", 7, "complete")
    assert found["input"] == {"kind": "file", "name": "own.log", "bytes": len(INPUT)}
    assert found["versions"]["go"].startswith("go1.")
    assert len(found["rounds"]) == ROUNDS
    assert (found["ended"], found["placement"]) == ("planned", "split")
    assert found["machine"]["driver_clock_read_ns"] > 0
    assert "GOARCH=" in found["versions"]["go build"]
    assert found["versions"]["rust"].startswith("rustc version")
    assert 0 < found["first_round_after_s"] < LONG_S
    cpus = set(found["machine"]["cpus_usable"])
    assert all(set(one["driver"]) | set(one["worker"]) == cpus for one in found["cpu_sets"].values())


def test_every_case_answers_and_is_measured_in_every_round(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    run = folder.read(bench[0])
    off = run.blocks.mode == "off"
    assert off.sum() == ROUNDS * len(run.manifest.plan.cases)
    assert run.blocks.calls[off].min() > 0
    assert run.blocks.failures.sum() == 0
    assert set(run.manifest.agreement) == {"identical"}


def test_references_and_tracing_modes_are_measured_in_every_round(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    run = folder.read(bench[0])
    cases = run.manifest.plan.cases
    assert len([case for case in cases if case.is_reference]) == 5
    traced = next(index for index, case in enumerate(cases) if case.modes)
    for mode in ("off", "stamps", "unsampled", "sampled"):
        mine = (run.blocks.case == traced) & (run.blocks.mode == mode)
        assert mine.sum() == ROUNDS
        assert run.blocks.calls[mine].min() > 0


def test_every_case_was_warmed_up_and_its_warm_up_is_noted(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    found = manifest(bench[0])
    assert [one["case"] for one in found["warmup"]] == list(range(len(found["plan"]["cases"])))
    assert all(5 <= one["blocks"] <= MOST_BLOCKS and one["ns"] > 0 for one in found["warmup"])
    unsteady = sum(not one["steady"] for one in found["warmup"])
    assert any(f"steady warm-up of {unsteady} of" in one for one in found["not_reached"]) == bool(unsteady)


def test_blocks_say_what_the_processes_used(bench: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    run = folder.read(bench[0])
    blocks, cases = run.blocks, run.manifest.plan.cases
    remote = np.array([case.placement == "process" for case in cases])[blocks.case]
    assert np.median(blocks.worker_voluntary_switches[remote]) > 10  # it waits for each call
    assert blocks.driver_rss_bytes.min() > 1 << 20
    assert blocks.worker_rss_bytes.min() > 1 << 20
    assert blocks.go_memory_bytes.min() > 1 << 20
    assert blocks.driver_threads.min() > 1
    with_pss = blocks.driver_pss_bytes > 0
    assert set(blocks.round[with_pss].tolist()) == set(range(0, ROUNDS, 5))


def test_what_the_processes_held_before_the_first_call_is_noted(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    idle = manifest(bench[0])["idle"]
    for process in ("driver", "worker"):
        assert idle[process]["rss_bytes"] >= idle[process]["pss_bytes"] > 0
        assert idle[process]["threads"] > 0
    assert idle["driver"]["go_memory_bytes"] > 0
    assert idle["worker_ready_ns"] > 0
    assert idle["inproc_init_ns"] > 0


def test_a_mix_has_the_mean_of_the_files_lines(bench: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    lines = [len(line) for line in INPUT.splitlines(keepends=True)]
    mixed = [case["scenario"] for case in manifest(bench[0])["plan"]["cases"] if case["scenario"]["mix"]]
    assert {one["size_bytes"] for one in mixed} <= {round(sum(lines) / len(lines)) + one for one in (-1, 0, 1)}


def test_a_replay_measures_the_same_cases_in_the_same_order_and_wants_the_same_input(
    bench: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    out, own = bench[0], bench[0].parent / "own.log"
    (tmp_path / "other.log").write_bytes(INPUT + b"one more\n")
    for arguments, named in (
        ([], "was measured on own.log: give the file again with --input"),
        (["--input", str(tmp_path / "other.log")], "was measured on another input"),
        (["--input", str(own), "--kernel", "redact"], "--replay and --kernel exclude each other"),
    ):
        refused = gateway("bench", "--replay", str(out), *arguments)
        assert (refused.returncode, len(refused.stderr.strip().splitlines())) == (2, 1), refused.stderr
        assert named in refused.stderr
    again = gateway("bench", "--replay", str(out), "--input", str(own), "--out", str(tmp_path / "again"))
    assert again.returncode in (0, 3), again.stderr
    first, second = (folder.read(one) for one in (out, tmp_path / "again"))
    assert second.manifest.plan == first.manifest.plan
    assert second.manifest.policy == first.manifest.policy
    assert second.blocks.case.tolist() == first.blocks.case.tolist()
    assert second.blocks.mode.tolist() == first.blocks.mode.tolist()


def test_stages_explain_the_calls_of_every_route_that_has_them(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    run = folder.read(bench[0])
    found = profiles(run.samples)
    stamped = {index for index, case in enumerate(run.manifest.plan.cases) if case.carries_stamps}
    assert set(found) == stamped
    assert all(min(one.stages_ns.values()) >= 0 for one in found.values())
    for index, one in found.items():
        if run.manifest.plan.cases[index].placement == "process":
            assert abs(one.residual_ns) <= max(5_000, 0.05 * one.total_ns), run.manifest.plan.cases[index].name


def test_a_sampled_call_of_each_route_gives_a_whole_tree_that_agrees_with_the_stamps(
    bench: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    found = manifest(bench[0])
    assert {(one["kernel"], one["route"]) for one in found["traces"]} >= {
        ("redact", "uds/msgpack"),
        ("echo", "cgo/raw"),
        ("echo", "gateway/msgpack"),
    }
    assert [one for one in found["traces"] if one["defects"]] == []
    spans = json.loads((bench[0] / "spans.json").read_text())
    assert len(spans["resourceSpans"]) >= 2


def test_native_was_compared_with_gos_own_benchmark(bench: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Whether they agree depends on how quiet the machine is; that both were timed does not."""
    found = manifest(bench[0])["go_test"]
    assert found["native_ns"] > 0
    assert found["difference"] == pytest.approx(found["native_ns"] / found["go_test_ns"] - 1)


def test_report_tells_the_same_once_more(bench: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    out, ended = bench
    (out / "report.html").unlink()
    again = gateway("report", str(out))
    assert again.returncode == 0, again.stderr
    assert again.stdout.strip() == ended.stdout.strip()
    assert (out / "report.html").is_file()


def test_ctrl_c_keeps_what_was_measured_and_leaves_nothing_running(tmp_path: Path) -> None:
    plan, out = write_plan(tmp_path / "plan.toml", rounds=2_000), tmp_path / "run"
    command = [sys.executable, "-m", "gateway", "--bin", str(built()), "bench", "--plan", str(plan), "--out", str(out)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        try:
            wait_until((out / "blocks.parquet").is_file, LONG_S)
            time.sleep(1.5)
            children = children_of(process.pid)
            os.killpg(process.pid, signal.SIGINT)
            stdout, _ = process.communicate(timeout=LONG_S)
        finally:
            process.kill()
    assert process.returncode == 130
    assert len(children) == 5  # worker, proxy, references in Rust and Python, driver
    assert not any(runs(pid) for pid in children)
    assert "partial: " in stdout
    assert (manifest(out)["state"], manifest(out)["ended"]) == ("partial", "interrupted")
    assert any(one.endswith(" of 2000 rounds") for one in manifest(out)["not_reached"])
    assert folder.read(out).manifest.blocks > 0
    assert (out / "report.html").is_file()


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("where", ["go-twin", "rust-kernel", "go-codec"])
def test_a_case_that_gives_other_bytes_is_measured_and_gets_no_verdict(tmp_path: Path, where: str) -> None:
    plan, out = write_plan(tmp_path / "plan.toml", rounds=2), tmp_path / "run"
    ended = gateway("bench", "--plan", str(plan), "--kernel", "redact", "--out", str(out), plant=f"byte:{where}")
    assert ended.returncode == 3, ended.stderr
    assert "differs: redact 256 B by " in ended.stdout
    found = manifest(out)
    assert "differs" in found["agreement"]
    assert all("vector" in text or "request" in text for text in found["differences"])
    verdicts = json.loads((out / "summary.json").read_text())["verdicts"]
    assert {one["fastest"] for one in verdicts} == {"inconclusive"}


def test_three_rounds_carry_no_verdict_and_the_exit_code_says_so(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", rounds=3)
    ended = gateway("bench", "--plan", str(plan), "--kernel", "redact", "--out", str(tmp_path / "run"))
    assert ended.returncode == 3, ended.stderr
    assert "no verdicts: too few rounds (3)" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--kernel", "redcat"], "redcat"),
        (["--route", "udp"], "udp"),
        (["--payload", "4kilo"], "4kilo"),
        (["--input", "/nowhere/app.log"], "/nowhere/app.log"),
        (["--plan", "/nowhere/plan.toml"], "/nowhere/plan.toml"),
        (["--quick", "--plan", "x.toml"], "--plan"),
        (["--callers", "3", "--rate", "9"], "--rate"),
        (["--out", "."], ". exists"),
        (["--callers", "0"], "--callers"),
        (["--placement", "spilt"], "--placement"),
        (["--precision", "200%"], "200%"),
        (["--time-budget", "soon"], "soon"),
        (["--replay", "/nowhere/run"], "/nowhere/run"),
        (["--replay", "/nowhere/run", "--quick"], "--quick"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line_before_anything_starts(arguments: list[str], named: str) -> None:
    ended = gateway("bench", *arguments)
    assert ended.returncode == 2
    assert named in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_an_empty_input_and_a_folder_that_is_no_run_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    for arguments in (["bench", "--input", str(tmp_path / "empty.log")], ["report", str(tmp_path)]):
        ended = gateway(*arguments)
        assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1), ended.stderr
