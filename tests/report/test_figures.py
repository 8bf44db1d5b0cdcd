"""Figures draw what was found, the same bytes each time, and as files overwrite none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from gateway.bench.findings import Findings, conclude
from gateway.errors import Refusal
from gateway.report import export, svg
from gateway.report.palette import LIGHT
from tests.bench.simulated import redact_and_digest, simulate
from tests.report.rich import rich

if TYPE_CHECKING:
    from gateway.report.chart import Chart

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def findings() -> Findings:
    return rich()


@pytest.fixture(scope="module")
def charts(findings: Findings) -> dict[str, Chart]:
    return {chart.name: chart for one in export.CHAPTERS.values() for chart in one.draw(findings)}


@pytest.mark.parametrize("chapter", export.CHAPTERS)
def test_each_chapter_draws_from_full_findings(chapter: str, findings: Findings) -> None:
    drawn = export.CHAPTERS[chapter].draw(findings)
    assert drawn
    assert all(len(one.says) > 10 for one in drawn)


def test_a_run_without_sweeps_journeys_and_echoes_has_no_such_pictures() -> None:
    plain = conclude(simulate(redact_and_digest(), Path("runs/one")))
    absent = {name for name, one in export.CHAPTERS.items() if not one.draw(plain)}
    assert absent == {"load", "journeys", "floors", "estimators", "containers"}


def test_each_mark_that_has_words_is_in_the_picture(charts: dict[str, Chart]) -> None:
    for name, chart in charts.items():
        drawn = svg.inline(chart)
        assert drawn.count("<title>") == len(chart.tips), name


def test_a_picture_of_the_page_has_no_colour_of_its_own(charts: dict[str, Chart]) -> None:
    left = {name: set(re.findall(r"#[0-9a-f]{6}", svg.inline(chart))) for name, chart in charts.items()}
    assert {name: colours for name, colours in left.items() if colours} == {}


def test_every_axis_says_what_it_is(charts: dict[str, Chart]) -> None:
    for name, chart in charts.items():
        (axes,) = chart.figure.axes
        assert axes.get_xlabel(), name


def test_a_figure_is_the_same_bytes_each_time(findings: Findings) -> None:
    first, second = (export.CHAPTERS["load"].draw(findings)[0] for _ in range(2))
    assert svg.file_content(first.figure, "svg") == svg.file_content(second.figure, "svg")
    assert svg.file_content(first.figure, "png") == svg.file_content(second.figure, "png")


def test_a_dot_stands_where_the_figures_say(findings: Findings) -> None:
    (chart,) = export.CHAPTERS["tracing"].draw(findings)
    (axes,) = chart.figure.axes
    dots = [float(line.get_xdata()[0]) for line in axes.get_lines() if line.get_gid()]  # type: ignore[index]
    assert dots == pytest.approx([900, 400, 38_000])


@pytest.mark.parametrize("share", [1.0, 1.3])
def test_what_is_slower_is_drawn_further_along(findings: Findings, share: float) -> None:
    slower = tuple(replace(one, p99_ns=(one.p99_ns or 0) * share) for one in findings.journeys)
    (axes,) = export.CHAPTERS["journeys"].draw(replace(findings, journeys=slower))[0].figure.axes
    marks = [float(line.get_xdata()[0]) for line in axes.get_lines() if str(line.get_gid()).endswith("p99")]  # type: ignore[index]
    assert marks == pytest.approx([one.p99_ns for one in slower])


@pytest.mark.parametrize(("kind", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_pictures_are_written_as_files_and_never_over_one(
    kind: str, magic: bytes, findings: Findings, tmp_path: Path
) -> None:
    paths = export.export(findings, tmp_path / "figures", kind, ["control", "timeline"])
    assert [path.name for path in paths] == [f"control.{kind}", f"timeline.{kind}"]
    assert all(path.read_bytes().startswith(magic) for path in paths)
    with pytest.raises(Refusal, match="exists"):
        export.export(findings, tmp_path / "figures", kind, ["timeline"])


def test_a_written_svg_stands_alone_with_text_as_text(findings: Findings, tmp_path: Path) -> None:
    (path, *_) = export.export(findings, tmp_path, "svg", ["regions"])
    root = ET.fromstring(path.read_text())  # noqa: S314 - we wrote it
    told = {"".join(one.itertext()).strip() for one in root.iter(f"{SVG}text")}
    assert {"payload", "keep Go", "in process pays"} <= told
    assert LIGHT["card"] in path.read_text()


def test_a_chapter_without_data_is_refused_by_name(tmp_path: Path) -> None:
    plain = conclude(simulate(redact_and_digest(), Path("runs/one")))
    with pytest.raises(Refusal, match="no data for load"):
        export.export(plain, tmp_path / "figures", "svg", ["load"])
    assert not (tmp_path / "figures").exists()
