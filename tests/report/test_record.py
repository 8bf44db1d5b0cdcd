"""Decision records of runs whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.bench.findings import conclude
from gateway.bench.folder import read
from gateway.bench.policy import Policy
from gateway.report.record import record
from tests.bench.simulated import recorded, redact_and_digest
from tests.running import gateway

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = ["Context", "Decision", "Alternatives", "Figures", "Risks", "Rollback", "What would change", "How to run"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(redact_and_digest(), tmp_path_factory.mktemp("record") / "run")


def text_of(folder: Path, **changed: object) -> str:
    return record(conclude(read(recorded(redact_and_digest(**changed), folder / "run"))))


def test_it_has_every_section_that_a_decision_needs(run: Path) -> None:
    text = record(conclude(read(run)))
    found = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    assert len(found) == len(SECTIONS)
    assert all(one.startswith(wanted) for one, wanted in zip(found, SECTIONS, strict=True))
    assert text.startswith("# Where should redact and digest run")
    assert "**Proposed** 2026-11-23, from run `run`" in text


def test_every_figure_stands_with_its_interval_and_the_command_that_made_it(run: Path) -> None:
    text = record(conclude(read(run)))
    row = next(line for line in text.splitlines() if line.startswith("| redact 64 KiB |"))
    assert row.count("× (") == 2
    assert "| inproc | process |" in row
    assert "by `gateway report run`" in text
    assert "    gateway bench --seed 1" in text


def test_every_table_has_as_many_cells_in_each_of_its_rows(run: Path) -> None:
    tables = record(conclude(read(run))).split("\n\n")
    for rows in (one.splitlines() for one in tables if one.startswith("|")):
        assert len({row.count("|") for row in rows}) == 1, rows[0]


def test_what_would_change_it_and_the_way_back_are_in_it(run: Path) -> None:
    text = record(conclude(read(run)))
    assert "- redact: payloads on the other side of 5.9 KiB (" in text
    assert "- digest: a Rust 1.2× as fast as the Go (it is 1.0×)" in text
    assert "docs/way-back.md" in text


def test_a_run_that_cannot_be_trusted_is_recorded_as_inconclusive(tmp_path: Path) -> None:
    text = text_of(tmp_path, control_factor=1.05)
    assert "**Inconclusive** 2026-11-23" in text
    assert "No answer from this run: the A/A control differs" in text
    assert "**Proposed**" not in text
    assert "- An answer at all: the A/A control differs" in text


def test_a_price_and_a_required_isolation_are_in_it(tmp_path: Path) -> None:
    wanted = Policy(isolation=True, per_core_month=30.0, currency="EUR", objective="cpu")
    text = text_of(tmp_path, policy=wanted.as_json())
    assert "their price a month (EUR)" in text
    assert "1.2× the CPU of a call, and a crash of the kernel must not end the service" in text
    (in_process,) = (line for line in text.splitlines() if line.startswith("| in process |"))
    assert in_process.startswith("| in process | nowhere |")


def test_the_command_prints_it_or_writes_it_once(run: Path, tmp_path: Path) -> None:
    printed, out = gateway("record", str(run)), tmp_path / "0001-redact.md"
    written = gateway("record", str(run), "--out", str(out))
    assert (printed.returncode, written.returncode) == (0, 0), printed.stderr + written.stderr
    assert out.read_text() == printed.stdout
    again = gateway("record", str(run), "--out", str(out))
    assert (again.returncode, again.stderr.strip()) == (
        2,
        f"gateway: {out} exists: name another file with --out; nothing is overwritten",
    )
    assert out.read_text() == printed.stdout


@pytest.mark.parametrize("where", ["nowhere", "empty"])
def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "empty").mkdir()
    ended = gateway("record", str(tmp_path / where), "--out", str(tmp_path / "out.md"))
    assert (ended.returncode, len(ended.stderr.strip().splitlines())) == (2, 1)
    assert not (tmp_path / "out.md").exists()
