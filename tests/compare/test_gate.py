"""`gateway compare` on run folders that the recorder wrote: each exit code of the gate, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.cli import run
from tests.bench.simulated import Truth, recorded
from tests.compare.test_compare import BASE, changed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: the base, and others that differ from it in one thing each."""
    folder = tmp_path_factory.mktemp("runs")
    truths: dict[str, Truth] = {
        "base": BASE,
        "again": replace(BASE, seed=2),
        "slower": replace(changed(BASE, redact=1.2), seed=3),
        "noisy": replace(BASE, seed=4, noise=0.4),
        "slow-machine": replace(BASE, seed=5, machine="another", slowness=2.0),
        "fewer-cases": replace(BASE, times_ns=dict(list(BASE.times_ns.items())[:-1])),
        "short": replace(BASE, rounds=10),
        "failed-control": replace(BASE, seed=6, control_factor=1.5),
    }
    for name, truth in truths.items():
        recorded(truth, folder / name)
    return folder


@pytest.mark.parametrize(
    ("after", "arguments", "code", "says"),
    [
        ("again", [], 0, "no regression"),
        ("slower", [], 1, "slower by more than 5 %: redact 4 KiB by native, redact 4 KiB by uds/msgpack"),
        ("noisy", [], 3, "can't tell"),
        ("short", [], 3, "too few rounds"),
        ("failed-control", [], 3, "A/A control"),
        ("fewer-cases", [], 2, "not comparable: the runs have other cases"),
        ("slow-machine", [], 2, "not comparable: the runs are of two machines (cpu_model)"),
        ("slow-machine", ["--ratios"], 0, "no regression"),
        ("slow-machine", ["--absolute"], 2, "not comparable"),
    ],
)
def test_each_exit_code_of_the_gate(
    runs: Path, capsys: pytest.CaptureFixture[str], after: str, arguments: list[str], code: int, says: str
) -> None:
    ended = run(["compare", str(runs / "base"), str(runs / after), "--gate", "5%", *arguments])
    told = capsys.readouterr()
    assert ended == code, told.out + told.err
    assert says in told.out + told.err


def test_without_a_gate_runs_of_other_cases_are_compared_by_what_they_share(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(runs / "base"), str(runs / "fewer-cases")]) == 0
    told = capsys.readouterr().out
    assert "only before: digest 4 KiB by cgo/raw" in told
    assert "not alike: the runs have other cases" in told


def test_runs_without_a_common_case_are_refused(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(Truth({("topk", 384, "native"): 1_000.0}, rounds=2), tmp_path / "other")
    assert run(["compare", str(runs / "base"), str(tmp_path / "other")]) == 2
    assert "no case in common" in capsys.readouterr().err


def test_markdown_is_one_table_with_as_many_cells_in_every_line(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(runs / "base"), str(runs / "slower"), "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert lines[0] == "**2 slower · 1 same (same is within ±5.0 %)**"
    assert len(table) == 5
    assert {line.count("|") for line in table} == {table[0].count("|")}
    assert [line for line in table if "**slower**" in line] == table[2:4]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--ratios", "--absolute"], "--ratios and --absolute exclude each other"),
        (["--gate", "5%", "--threshold", "1%"], "--gate and --threshold exclude each other"),
        (["--gate", "five"], "no share"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    runs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert run(["compare", str(runs / "base"), str(runs / "again"), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_refused_in_one_line(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(runs / "base"), str(tmp_path)]) == 2
    assert "is not a run: it has no run.json" in capsys.readouterr().err
