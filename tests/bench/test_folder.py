"""A run folder is written once, read back as it was, and refused when it is not whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.bench import folder, record
from gateway.bench.manifest import FORMAT
from gateway.bench.summary import summarise
from gateway.errors import Refusal
from gateway.report.write import write
from tests.bench.simulated import recorded, redact_and_digest, simulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return recorded(redact_and_digest(), tmp_path / "run")


def test_a_run_reads_back_with_the_figures_it_was_written_with(run: Path) -> None:
    direct = summarise(simulate(redact_and_digest(), run))
    assert summarise(folder.read(run)) == direct


def test_the_report_and_the_summary_are_written_beside_the_tables(run: Path) -> None:
    write(run)
    assert sorted(path.name for path in run.iterdir()) == [
        "blocks.parquet",
        "report.html",
        "run.json",
        "samples.parquet",
        "summary.json",
    ]
    summary = json.loads((run / "summary.json").read_text())
    assert {one["fastest"] for one in summary["verdicts"]} == {"inproc", "keep-go"}


def test_a_folder_that_exists_is_never_written_into(run: Path) -> None:
    with pytest.raises(Refusal, match="exists"), record.Recorder(run, folder.read(run).manifest):
        pytest.fail("an existing run was opened for writing")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def drop_rows(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)


def change_a_figure(path: Path) -> None:
    table = pq.read_table(path)
    calls = pa.array([number + 1 for number in table["calls"].to_pylist()], pa.int64())
    pq.write_table(table.set_column(table.column_names.index("calls"), "calls", calls), path)


def change_head(path: Path, **changed: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda run: truncate(run / "samples.parquet"), r"samples\.parquet is missing or truncated"),
        (lambda run: truncate(run / "blocks.parquet"), r"blocks\.parquet is missing or truncated"),
        (lambda run: (run / "blocks.parquet").unlink(), r"blocks\.parquet is missing or truncated"),
        (lambda run: drop_rows(run / "samples.parquet"), r"rows, run\.json says"),
        (lambda run: change_a_figure(run / "blocks.parquet"), "is not the file that was written"),
        (lambda run: truncate(run / "run.json"), r"run\.json is truncated"),
        (lambda run: (run / "run.json").unlink(), "is not a run"),
        (lambda run: change_head(run / "run.json", format=FORMAT + 1), f"format {FORMAT + 1}, this gateway reads"),
        (lambda run: change_head(run / "run.json", plan={}), "has no key 'cases'"),
        (lambda run: change_head(run / "run.json", guess=1), "a key too many, too few"),
        (lambda run: change_head(run / "run.json", rounds=[3]), "a key too many, too few"),
        (lambda run: (run / "run.json").write_text("[]"), "not the head of a run"),
        (lambda run: change_head(run / "run.json", format=1), "format 1, .*measure again"),
        (lambda run: change_head(run / "run.json", agreement=["identical"]), "not as it was written"),
    ],
)
def test_a_run_that_is_not_whole_is_refused_in_one_line(run: Path, spoil: object, told: str) -> None:
    spoil(run)  # type: ignore[operator]
    with pytest.raises(Refusal, match=told) as refused:
        folder.read(run)
    assert "\n" not in str(refused.value)


def test_tables_are_whole_when_an_exception_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        recorded(redact_and_digest(), tmp_path / "cut", interrupted_after=5)
    assert folder.read(tmp_path / "cut").manifest.blocks == 5


def test_json_of_a_run_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    record.write_json(tmp_path / "a.json", {"n": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        record.write_json(tmp_path / "a.json", {"n": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 1}


def test_further_tables_and_spans_of_a_run_come_back_and_are_checked_like_the_others(tmp_path: Path) -> None:
    whole = simulate(redact_and_digest(), tmp_path / "run").manifest
    points = pa.table({"rate_per_s": [1.0, 2.0]})
    with record.Recorder(tmp_path / "run", whole) as recorder:
        recorder.table("sweep", points)
        recorder.spans({"resourceSpans": []})
    assert folder.read(tmp_path / "run").tables == {"sweep": points}
    (tmp_path / "run" / "spans.json").write_text("{")
    with pytest.raises(Refusal, match=r"spans\.json is missing or truncated"):
        folder.read(tmp_path / "run")
    (tmp_path / "run" / "sweep.parquet").unlink()
    with pytest.raises(Refusal, match=r"sweep\.parquet is missing"):
        folder.read(tmp_path / "run")


def test_a_run_that_was_killed_before_its_tables_were_closed_is_refused(tmp_path: Path) -> None:
    whole = simulate(redact_and_digest(), tmp_path / "run").manifest
    with record.Recorder(tmp_path / "run", whole):
        first = (tmp_path / "run" / "run.json").read_bytes()
    (tmp_path / "run" / "run.json").write_bytes(first)
    with pytest.raises(Refusal, match="was never finished"):
        folder.read(tmp_path / "run")
