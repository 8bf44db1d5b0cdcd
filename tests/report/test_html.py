"""The report is one file that needs nothing else, and shows what the run found."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from gateway.bench.findings import Findings, conclude
from gateway.report import html
from tests.bench.simulated import redact_and_digest, simulate

VOID = {"meta", "link", "input", "br"}
SELF_CLOSING = {"rect", "line", "path", "circle"}


class Checked(HTMLParser):
    """Follows open elements, and keeps what is referred to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.misnested: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag, attrs

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)


@pytest.fixture(scope="module")
def findings() -> Findings:
    return conclude(simulate(redact_and_digest(), Path("runs/one")))


@pytest.fixture(scope="module")
def page(findings: Findings) -> str:
    return html.page(findings)


def test_its_elements_are_nested_right_and_refer_to_nothing_outside(page: str) -> None:
    checked = Checked()
    checked.feed(page)
    assert (checked.misnested, checked.open) == ([], [])
    assert set(checked.references) <= {"data:,"}
    assert "http://" not in page
    assert "https://" not in page
    assert "@import" not in page


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < 300_000


def test_no_number_of_it_is_missing(page: str) -> None:
    text = re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.S)
    assert not re.search(r"\b(nan|NaN|inf|None|Undefined)\b", text)


def test_the_headline_is_a_sentence_a_kernel(page: str) -> None:
    assert "Redact: first improve the Go, then in process; a sidecar only above 4.5 KiB." in page
    assert "Keep digest in Go." in page


def test_four_lights_stand_on_the_first_screen(findings: Findings) -> None:
    assert [light.colour for light in html.lights(findings)] == ["green", "green", "green", "grey"]


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
    assert (html.lights(findings)[3].colour, html.lights(findings)[3].text) == (colour, text)


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
    assert html.lights(findings)[place].colour == "red"
    assert 'class="headline greyed"' in html.page(findings)


def test_each_route_has_its_line_and_each_kernel_its_regions(page: str) -> None:
    assert page.count('aria-label="redact: payload against needed speed-up"') == 1
    assert page.count('data-route="uds/msgpack" d="M') == 6


def test_every_case_is_in_the_table(findings: Findings, page: str) -> None:
    table = page[page.index('id="cases"') :]
    assert table.count('<i class="dot ') == len(findings.manifest.plan.cases) - 1


def test_a_name_from_outside_is_shown_as_text(findings: Findings) -> None:
    findings.manifest.input = {"kind": "file", "name": "<script>x</script>.log", "bytes": 1}
    assert "<script>x" not in html.page(findings)
