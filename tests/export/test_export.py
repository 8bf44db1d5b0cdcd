"""A run in the formats of other tools, read by those tools: benchstat, a CSV reader, JSON, Prometheus' own parser."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.bench import folder
from gateway.bench.summary import summarise
from gateway.cli import run
from gateway.commands.export import FORMATS as OFFERED
from gateway.config import ROOT
from gateway.export import FORMATS
from tests.bench.simulated import Truth, recorded
from tests.compare.test_compare import BASE, changed

if TYPE_CHECKING:
    from pathlib import Path

BENCHSTAT = ROOT / "build" / "tools" / "benchstat"
ROUNDS = BASE.rounds


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs; in the second redact takes 20 % longer."""
    into = tmp_path_factory.mktemp("runs")
    truths: dict[str, Truth] = {"before": BASE, "after": replace(changed(BASE, redact=1.2), seed=2)}
    for name, truth in truths.items():
        recorded(truth, into / name)
    return into


def exported(run_folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["export", str(run_folder), "--format", form]) == 0
    return capsys.readouterr().out


def benchstat(*arguments: str) -> str:
    assert BENCHSTAT.is_file(), "make build/tools/benchstat"
    ended = subprocess.run([BENCHSTAT, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not [line for line in ended.stderr.splitlines() if line.startswith("/")]  # file:line: what it cannot read
    return ended.stdout


def test_benchstat_reads_two_runs_and_finds_what_was_planted(runs: Path, tmp_path: Path) -> None:
    for name in ("before", "after"):
        assert run(["export", str(runs / name), "--format", "gobench", "--out", str(tmp_path / name)]) == 0
    told = benchstat("-format", "csv", str(tmp_path / "before"), str(tmp_path / "after"))
    times = told[told.index("sec/op") :].split("\n\n")[0]  # the first table
    changes = {row[0]: row[5] for row in csv.reader(io.StringIO(times)) if row[0].startswith("Redact")}
    assert set(changes) == {
        "Redact/size=4096/callers=1/route=native",
        "Redact/size=4096/callers=1/route=uds+msgpack",
    }
    assert all(18 < float(change.strip("+%")) < 22 for change in changes.values())


def test_benchstat_tells_routes_apart_by_their_key(runs: Path, tmp_path: Path) -> None:
    assert run(["export", str(runs / "before"), "--format", "gobench", "--out", str(tmp_path / "one")]) == 0
    told = benchstat("-filter", ".name:Redact", "-col", "/route", "-row", "/size", str(tmp_path / "one"))
    assert "native" in told
    assert "uds+msgpack" in told


def test_csv_has_a_row_a_case_and_round(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(csv.DictReader(io.StringIO(exported(runs / "before", "csv", capsys))))
    assert len(found) == (len(BASE.times_ns) + 1) * ROUNDS
    assert {row["control"] for row in found} == {"True", "False"}
    redact = [float(row["deciding_ns"]) for row in found if row["kernel"] == "redact" and row["route"] == "native"]
    assert sum(redact) / ROUNDS == pytest.approx(58_000, rel=0.01)


def test_json_has_the_head_the_summary_and_the_rows(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(exported(runs / "before", "json", capsys))
    assert document["run"]["machine"]["cpu_model"] == "simulated"
    assert len(document["rounds"]) == (len(BASE.times_ns) + 1) * ROUNDS
    assert document["summary"]["rounds"] == ROUNDS


def test_prometheus_own_parser_finds_the_figures_of_the_summary(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(runs / "before", "prometheus", capsys)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(family.type == "gauge" and family.documentation for family in families.values())
    assert len(families) == text.count("# TYPE ")
    calls = {(s.labels["kernel"], s.labels["route"]): s.value for s in families["sidecar_bench_call_seconds"].samples}
    summary = summarise(folder.read(runs / "before"))
    expected = {
        (one.case.scenario.kernel, one.case.route): one.deciding_ns * 1e-9
        for one in (*(case for each in summary.scenarios for case in each.cases), *summary.references)
    }
    assert calls == pytest.approx(expected)


def test_labels_with_quotes_and_line_ends_are_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = 'a "fast" one\\\nreally'
    recorded(replace(BASE, rounds=2, machine=strange), tmp_path / "run")
    families = text_string_to_metric_families(exported(tmp_path / "run", "prometheus", capsys))
    info = next(family for family in families if family.name == "sidecar_bench_run_info")
    assert info.samples[0].labels["cpu_model"] == strange


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_with_too_few_rounds_is_exported_all_the_same(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(replace(BASE, rounds=1), tmp_path / "run")
    assert "NaN" not in exported(tmp_path / "run", form, capsys)


def test_the_command_offers_every_format_there_is() -> None:
    assert set(OFFERED) == set(FORMATS)


def test_a_file_that_exists_is_not_overwritten(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    assert run(["export", str(runs / "before"), "--format", "csv", "--out", str(tmp_path / "kept")]) == 2
    assert "exists: nothing is overwritten" in capsys.readouterr().err
    assert (tmp_path / "kept").read_text(encoding="utf-8") == "mine"
