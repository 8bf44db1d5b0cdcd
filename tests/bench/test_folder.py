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


def test_a_run_from_before_there_was_a_proxy_reads_back_without_hops(run: Path) -> None:
    path = run / "samples.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["p0", "p1", "p2", "p3"]), path)
    assert summarise(folder.read(run)) == summarise(simulate(redact_and_digest(), run))


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


def change_head(path: Path, **changed: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda run: truncate(run / "samples.parquet"), r"samples\.parquet is missing or truncated"),
        (lambda run: truncate(run / "blocks.parquet"), r"blocks\.parquet is missing or truncated"),
        (lambda run: (run / "blocks.parquet").unlink(), r"blocks\.parquet is missing or truncated"),
        (lambda run: drop_rows(run / "samples.parquet"), r"rows, run\.json says"),
        (lambda run: pq.write_table(pa.table({"a": [1]}), run / "blocks.parquet"), "other columns"),
        (lambda run: truncate(run / "run.json"), "not a whole run"),
        (lambda run: (run / "run.json").unlink(), "is not a run"),
        (lambda run: change_head(run / "run.json", format=FORMAT + 1), f"format {FORMAT + 1}, this gateway reads"),
        (lambda run: change_head(run / "run.json", plan={}), "has no key 'cases'"),
        (lambda run: change_head(run / "run.json", guess=1), "a key too many, too few"),
        (lambda run: change_head(run / "run.json", rounds=[3]), "a key too many, too few"),
        (lambda run: (run / "run.json").write_text("[]"), "not the head of a run"),
        (lambda run: (run / "spans.json").write_text("{"), r"spans\.json is truncated"),
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
