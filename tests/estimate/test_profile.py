"""`gateway profile` on a real profile: what could pay, what cannot, and the command that comes next."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway import exit_codes
from gateway.estimate import ranking
from gateway.estimate.cpu_profile import CpuProfile, Frame, Stack
from gateway.estimate.symbol import parse
from tests.estimate import profiled_module
from tests.running import built

BOUNDARY = ["--boundary-us", "0.5", "50"]


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return profiled_module.profiled(tmp_path_factory.mktemp("module"))


def profile(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gateway", "--bin", str(built()), "profile", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def told(folder: Path, *arguments: str) -> dict[str, Any]:
    done = profile(folder, "cpu.pprof", "--json", *arguments)
    assert done.returncode == exit_codes.OK, done.stderr
    return json.loads(done.stdout)


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["function"].rpartition("/")[2]: row for row in rows}


def test_computing_is_a_candidate_with_the_command_that_estimates_it(profiles: Path):
    found = by_name(told(profiles, *BOUNDARY)["candidates"])
    assert found["work.Compute"]["estimate"] == f"{profiled_module.MODULE}.Compute"
    assert found["work.Compute"]["calls_per_s"] is None
    assert found["work.Masked"]["problem"].startswith("Masked is declared as func Masked(count int, text []byte)")


def test_io_allocation_the_library_and_tiny_calls_are_none_and_why_is_said(profiles: Path):
    others = {name: row["why_not"] for name, row in by_name(told(profiles, *BOUNDARY)["no_candidates"]).items()}
    assert others["work.(*Writer).Save"].startswith("I/O")
    assert others["work.Allocate"].startswith("allocation")
    assert others["work.step"] == "tiny calls, it seems: inlined into example.com/work.Compute"
    library = [why for name, why in others.items() if name.startswith("regexp.")]
    assert "standard library, called by example.com/work.Masked" in library
    assert not [name for name in others if name.startswith("runtime")]


def test_a_known_rate_of_calls_gives_the_time_of_a_call_and_rules_tiny_ones_out(profiles: Path):
    known = told(profiles, *BOUNDARY, "--calls-per-second", "work.Compute=100")
    found = by_name(known["candidates"])["work.Compute"]
    assert found["call_ns"] == pytest.approx(found["cores"] / 100 * 1e9)
    assert found["pays_under_per_s"]["process"] == pytest.approx(found["cores"] * 1e6 / 60)
    many = told(profiles, *BOUNDARY, "--calls-per-second", f"{profiled_module.MODULE}.Compute=1e9")
    assert by_name(many["no_candidates"])["work.Compute"]["why_not"] == "tiny calls: 1,000,000,000 a second"


def test_the_boundary_is_measured_here_when_it_is_not_given(profiles: Path):
    done = profile(profiles, "cpu.pprof", "--top", "3")
    assert done.returncode == exit_codes.OK, done.stderr
    assert re.search(r"boundary   in process [\d.]+ (ns|µs) · sidecar [\d.]+ (µs|ms) \(measured here\)", done.stdout)
    assert f"gateway estimate {profiled_module.MODULE}.Compute --input FILE --cpuprofile cpu.pprof" in done.stdout


def test_outside_of_the_module_no_command_is_promised(profiles: Path, tmp_path: Path):
    found = by_name(told(profiles, *BOUNDARY, "--module", str(tmp_path))["candidates"])
    assert found["work.Compute"]["estimate"] is None
    assert "Go finds no example.com/work" in found["work.Compute"]["problem"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mem.pprof"], "not of CPU time"),
        (["work.go"], "no pprof profile"),
        (["nowhere.pprof"], "cannot read"),
        (["cpu.pprof", "--calls-per-second", "work.Compute"], "is no rate"),
        (["cpu.pprof", "--calls-per-second", "work.Compute=-1"], "is no rate"),
        (["cpu.pprof", "--calls-per-second", "Comput=5"], "unknown function in cpu.pprof 'Comput': .*work.Compute"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_a_line(profiles: Path, arguments: list[str], says: str):
    done = profile(profiles, *arguments, *BOUNDARY)
    assert done.returncode == exit_codes.REFUSED
    assert re.fullmatch(rf"gateway: .*{says}.*\n", done.stderr)


def stack(cpu_ns: int, *names: str) -> Stack:
    """A stack, the leaf first."""
    return Stack(tuple(Frame(parse(name), False) for name in names), cpu_ns)


def test_a_function_that_calls_itself_counts_once_a_sample():
    found = CpuProfile("p", (stack(10, "a.co/x.F", "a.co/x.F", "a.co/x.G"),), 10, 10, {})
    ranked = {str(one.function): one for one in ranking.rank(found, 10, {}, {})}
    assert (ranked["a.co/x.F"].cumulative, ranked["a.co/x.F"].flat) == (1, 1)


def test_only_what_lies_below_a_function_makes_it_io():
    found = CpuProfile("p", (stack(10, "syscall.write", "a.co/x.F"), stack(90, "a.co/x.G", "a.co/x.F")), 100, 1, {})
    ranked = {str(one.function): one.why_not for one in ranking.rank(found, 100, {}, {})}
    assert ranked["a.co/x.G"] == ""
    assert ranked["a.co/x.F"].startswith("I/O")
