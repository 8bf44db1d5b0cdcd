"""The report is one file that needs nothing else, and shows what the run found."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.findings import Findings, conclude
from gateway.report import figures, html, trust
from tests.bench.simulated import redact_and_digest, simulate
from tests.report.rich import rich

VOID = {"meta", "link", "input", "br"}
BESIDE = {"summary.json", "run.json", "spans.json"}
"""Files of the run folder, besides tables."""


class Checked(HTMLParser):
    """Follows open elements, and keeps what is referred to and which ids there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.ids: list[str] = []
        self.misnested: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._keep(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self._keep(attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)

    def _keep(self, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        self.ids += [value or "" for name, value in attrs if name == "id"]


@pytest.fixture(scope="module")
def findings() -> Findings:
    return conclude(simulate(redact_and_digest(), Path("runs/one")))


@pytest.fixture(scope="module")
def page(findings: Findings) -> str:
    return html.page(findings)


@pytest.fixture(scope="module")
def full() -> str:
    return html.page(rich())


@pytest.fixture(scope="module")
def checked(full: str) -> Checked:
    found = Checked()
    found.feed(full)
    return found


def test_its_elements_are_nested_right(checked: Checked) -> None:
    assert (checked.misnested, checked.open) == ([], [])


def test_it_refers_to_nothing_but_itself_and_the_files_beside_it(full: str, checked: Checked) -> None:
    outside = [one for one in checked.references if not one.startswith(("data:", "#")) and one not in BESIDE]
    assert all(re.fullmatch(r"\w+\.parquet", one) for one in outside), outside
    assert not re.search(r"https?://|@import|<script src|<img", full)


def test_every_id_is_used_once_and_every_reference_finds_its_own(checked: Checked) -> None:
    assert len(checked.ids) == len(set(checked.ids))
    assert {one[1:] for one in checked.references if one.startswith("#")} <= set(checked.ids)


def test_every_chapter_is_there_when_the_run_has_its_data(full: str) -> None:
    assert [one.name for one in figures.CHAPTERS if f'<section id="{one.name}">' not in full] == []
    assert 'id="absent"' not in full


def test_a_chapter_without_data_is_not_drawn_and_its_command_is_told(page: str) -> None:
    absent = page[page.index('id="absent"') :]
    assert '<section id="load">' not in page
    assert "<code>gateway bench --sweep</code>" in absent
    assert "<code>gateway bench --journey</code>" in absent


def test_every_picture_has_its_words_its_data_and_the_command_that_draws_it(full: str) -> None:
    pictures = re.findall(r"<figure id=.*?</figure>", full, flags=re.S)
    assert len(pictures) > 20
    for one in pictures:
        assert re.search(r'<p class="says">[^<]{10,}</p>', one)
        assert 'href="summary.json"' in one or 'href="run.json"' in one
        assert re.search(r"<code>gateway report runs/one --figures figures --only [a-z-]+</code>", one)


def test_no_number_of_it_is_missing(full: str, page: str) -> None:
    for one in (full, page):
        text = re.sub(r"<(script|style)>.*?</\1>", "", one, flags=re.S)
        assert not re.findall(r".{30}\b(?:nan|NaN|inf|None|Undefined)\b.{20}", re.sub(r"base64,[^\"]*", "", text))


def test_the_file_alone_still_has_its_data(full: str) -> None:
    packed = re.search(r'data:application/gzip;base64,([^"]+)" download="summary.json.gz"', full)
    assert packed
    assert json.loads(gzip.decompress(base64.b64decode(packed[1])))["format"] == 2


def test_the_headline_is_a_sentence_a_kernel(page: str) -> None:
    assert "Redact: first improve the Go, then in process; a sidecar only above 5.9 KiB." in page
    assert "Keep digest in Go." in page


def test_four_lights_stand_on_the_first_screen(findings: Findings) -> None:
    assert [light.colour for light in trust.lights(findings)] == ["green", "green", "green", "grey"]


@pytest.mark.parametrize(
    ("go_test", "colour", "text"),
    [
        ({}, "grey", "not compared: the run was interrupted"),
        ({"why": "no Go tool"}, "grey", "not compared: no Go tool"),
        ({"difference": 0.013, "kernel": "digest"}, "green", "native = go test -bench within 2 % (digest)"),
        ({"difference": -0.2, "kernel": "digest"}, "red", "native takes −20 % beside go test -bench (digest)"),
    ],
)
def test_the_fourth_light_says_whether_go_itself_agrees(go_test: dict[str, Any], colour: str, text: str) -> None:
    findings = conclude(simulate(redact_and_digest(), Path("runs/one")))
    findings.manifest.go_test = go_test
    assert (trust.lights(findings)[3].colour, trust.lights(findings)[3].text) == (colour, text)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"control_factor": 1.1}, 0),
        ({"disturbed_rounds": 20}, 1),
        ({"differing": frozenset({("digest", "uds/msgpack")})}, 2),
    ],
)
def test_a_light_that_is_not_green_greys_the_headline_and_says_why(changed: dict[str, Any], place: int) -> None:
    findings = conclude(simulate(redact_and_digest(**changed), Path("runs/one")))
    assert trust.lights(findings)[place].colour == "red"
    assert '<ul class="headline greyed">' in html.page(findings)


def test_the_price_at_a_rate_is_told_when_the_policy_has_one(page: str, full: str) -> None:
    assert 'data-price="31.5" data-currency="EUR"' in full
    assert "data-price" not in page


def test_every_case_is_in_the_table_and_references_are_marked(findings: Findings, page: str, full: str) -> None:
    table = page[page.index('id="cases"') :]
    assert table.count('<i class="dot ') == len(findings.manifest.plan.cases) - 1
    assert full.count('<i class="dot reference"') == 9


def test_a_name_from_outside_is_shown_as_text(findings: Findings) -> None:
    findings.manifest.input = {"kind": "file", "name": "<script>x</script>.log", "bytes": 1}
    assert "<script>x" not in html.page(findings)
