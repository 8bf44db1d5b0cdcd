"""The report draws the traces of a run: a tree a route, in words too, on a phone too, and stays small."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.bench.findings import conclude
from gateway.bench.folder import read
from gateway.report import html
from tests.report.browser import CHROMIUM, browser
from tests.report.contrast import contrast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

RUN = Path(__file__).parent.parent / "recorded" / "runs" / "base"
TRACE_BYTES = 12_000
"""Of one drawn trace."""
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")


@pytest.fixture(scope="module")
def page() -> str:
    return html.page(conclude(read(RUN)))


@pytest.fixture(scope="module")
def section(page: str) -> str:
    begin = page.index("One call as its processes told it")
    return page[begin : page.index("</section>", begin)]


def test_every_crossing_route_has_its_trace(section: str) -> None:
    assert re.findall(r"<summary>(.*?)</summary>", section) == [
        "kernels.v1.RedactService/Redact by cgo/raw",
        "kernels.v1.RedactService/Redact by uds/msgpack",
    ]


def test_each_span_says_in_words_whose_it_is_and_how_long_it_took(section: str) -> None:
    said = re.findall(r'role="img" aria-label="([^"]+)"', section)
    assert len(said) == section.count('class="bar"')
    assert all(re.fullmatch(r"[\w-]+: .+, [\d.]+ \S+, from [\d.]+ \S+ on", one) for one in said), said
    assert any(one.startswith("sidecar-worker: compute, ") for one in said)
    assert re.search(r"Redact, server <small>sidecar-worker</small>", section)


def test_a_trace_is_small(section: str) -> None:
    assert len(section) / section.count("<summary>") < TRACE_BYTES


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_it_fits_and_is_legible(chromium: Browser, page: str, scheme: str, width: int, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    opened = chromium.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    opened.goto(path.as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    assert opened.evaluate(_CUT) == 0
    paper, words = (opened.eval_on_selector(*one) for one in ((".card", _PAPER), (".service .label small", _INK)))
    assert contrast(_hex(words), _hex(paper)) >= 4.5
    opened.close()


_CUT = """() => [...document.querySelectorAll(".service .label")].filter(
  (one) => one.scrollWidth > one.clientWidth + 1
).length"""
_PAPER = "(one) => getComputedStyle(one).backgroundColor"
_INK = "(one) => getComputedStyle(one).color"


def _hex(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])
