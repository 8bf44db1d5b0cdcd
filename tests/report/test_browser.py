"""The report in a real browser: quiet, whole, quick, readable in the dark and on a phone, usable without a mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from gateway.report import html
from tests.bench.simulated import redact_and_digest
from tests.report.browser import CHROMIUM, browser
from tests.report.contrast import contrast
from tests.report.rich import rich

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")

DESK, PHONE = {"width": 1200, "height": 900}, {"width": 390, "height": 844}
CALLS, BYTES, MS = 1_000_000, 3_000_000, 2_000
ROUNDS = 220
"""So many rounds of 23 cases at 200 calls are a million."""
CLIPPED = """() => [...document.querySelectorAll(".drawing svg")].flatMap((svg) => {
  const card = svg.closest("figure").getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < card.left - 1 || box.right > card.right + 1;
  }).map((text) => `${svg.closest("figure").id}: ${text.textContent}`);
})"""
"""Names the texts of pictures that reach out of their card."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run of a million calls in which no chapter is missing."""
    findings = rich(truth=redact_and_digest(rounds=ROUNDS))
    assert sum(case.calls for one in findings.summary.scenarios for case in one.cases) >= CALLS
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html.page(findings), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def page(chromium: Browser, report: Path) -> Iterator[Page]:
    yield from _opened(chromium, report, DESK)


@pytest.fixture
def phone(chromium: Browser, report: Path) -> Iterator[Page]:
    yield from _opened(chromium, report, PHONE)


def _opened(chromium: Browser, report: Path, size: Any, **options: Any) -> Iterator[Page]:
    page = chromium.new_page(viewport=size, **options)
    page.goto(report.as_uri())
    yield page
    page.close()


def test_it_says_nothing_on_the_console_and_asks_for_nothing_but_itself(chromium: Browser, report: Path) -> None:
    page = chromium.new_page()
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri(), wait_until="networkidle")
    page.close()
    assert told == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]


def test_of_a_million_calls_it_is_small_and_loads_at_once(chromium: Browser, report: Path) -> None:
    took_ms = [
        page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        for _ in range(3)
        for page in _opened(chromium, report, DESK)
    ]
    assert 0 < min(took_ms) < MS  # other work on the machine only ever adds
    assert report.stat().st_size < BYTES


def test_every_picture_is_drawn(page: Page) -> None:
    pictures = page.locator("figure")
    assert pictures.count() > 20
    for index in range(pictures.count()):
        picture = pictures.nth(index)
        box = picture.locator("svg").bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 60, picture.get_attribute("id")
        assert picture.locator("svg path[style*='var(--']").count() > 1, picture.get_attribute("id")
        assert picture.locator("svg text").count() > 1, picture.get_attribute("id")


@pytest.mark.parametrize("width", [390, 768, 1200, 1600])
def test_no_text_of_a_picture_is_cut_off_at_any_width(chromium: Browser, report: Path, width: int) -> None:
    for page in _opened(chromium, report, {"width": width, "height": 900}):
        assert page.evaluate(CLIPPED) == []


def test_a_phone_scrolls_down_only_and_its_text_is_not_tiny(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    sizes = phone.evaluate(
        "[...document.querySelectorAll('.drawing text')].map((text) => text.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 8


def test_a_table_is_sorted_by_a_click_and_the_other_way_by_the_next(page: Page) -> None:
    head = page.locator("#verdicts th", has_text="best Go")
    column = page.locator("#verdicts tbody td:nth-child(2)")
    for direction, reverse in (("ascending", False), ("descending", True)):
        head.locator("button").click()
        values = [float(one.get_attribute("data-v") or "nan") for one in column.all()]
        assert head.get_attribute("aria-sort") == direction
        assert values == sorted(values, reverse=reverse)
        assert len(set(values)) > 3


def test_a_table_is_sorted_by_the_keyboard_and_one_column_at_a_time(page: Page) -> None:
    page.locator("#cases th button", has_text="p99").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    sorted_by = page.locator("#cases th[aria-sort]")
    assert sorted_by.count() == 1
    assert sorted_by.inner_text().startswith("p99.9")


def test_a_column_s_gaps_stay_below_its_figures_either_way(page: Page) -> None:
    button = page.locator("#cases th button", has_text="speed-up")
    for _ in range(2):
        button.click()
        filled = [bool(one.get_attribute("data-v")) for one in page.locator("#cases tbody td:nth-child(7)").all()]
        assert filled == sorted(filled, reverse=True)
        assert not all(filled)


def test_cores_and_price_follow_the_rate(page: Page) -> None:
    cell = page.locator(".rate tbody tr", has_text="redact 64 KiB").locator("td").nth(1)
    page.fill("#rate-input", "1000")
    before = float(cell.locator(".cores").inner_text())
    page.fill("#rate-input", "10000")
    assert float(cell.locator(".cores").inner_text()) == pytest.approx(10 * before, rel=0.01)
    assert cell.locator(".cost").inner_text().endswith(" EUR")


def test_a_mark_says_what_it_is_to_mouse_and_keyboard(page: Page) -> None:
    mark = page.locator("#figure-regions-redact .mark").first
    mark.hover()
    assert re.search(r"redact at 256 B: Rust computes .* as fast", page.locator("#tip").inner_text())
    page.keyboard.press("Escape")
    mark.focus()
    assert page.locator("#tip").is_visible()
    assert mark.get_attribute("aria-label") == page.locator("#tip").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_light_and_dark(chromium: Browser, report: Path, scheme: str) -> None:
    for page in _opened(chromium, report, DESK, color_scheme=scheme):
        paper = _colour(page, "figure", "backgroundColor")
        for selector in ("figcaption", ".says", ".drawing text", ".source summary"):
            mine = _colour(page, selector, "fill" if "text" in selector else "color")
            assert contrast(mine, paper) >= 4.5, selector


def test_the_dark_scheme_reaches_the_pictures(chromium: Browser, report: Path) -> None:
    light, dark = (
        _colour(page, "#figure-break-even-redact path[style*='--go']", "stroke")
        for scheme in ("light", "dark")
        for page in _opened(chromium, report, DESK, color_scheme=scheme)
    )
    assert light != dark


def test_the_button_goes_through_the_schemes_and_back_to_the_system_s(page: Page) -> None:
    papers = [_colour(page, "body", "backgroundColor")]
    for _ in range(3):
        page.click("#theme")
        papers.append(_colour(page, "body", "backgroundColor"))
    assert papers[0] != papers[1]
    assert papers[2] == papers[3] == papers[0]


def test_the_contents_lead_to_every_chapter(page: Page) -> None:
    links = page.locator(".contents a")
    assert links.count() > 12
    for index in range(links.count()):
        link = links.nth(index).get_attribute("href")
        assert page.locator(str(link)).count() == 1, link


def test_on_paper_it_is_light_and_the_buttons_are_gone(chromium: Browser, report: Path) -> None:
    for page in _opened(chromium, report, DESK, color_scheme="dark"):
        page.emulate_media(media="print", color_scheme="dark")
        assert contrast(_colour(page, "body", "color"), "#ffffff") > 10
        assert not page.locator("#theme").is_visible()


def _colour(page: Page, selector: str, name: str) -> str:
    """The computed colour of the first element as #rrggbb."""
    told = page.locator(selector).first.evaluate(f"(one) => getComputedStyle(one).{name}")
    parts = re.findall(r"\d+", told)
    assert len(parts) >= 3, told
    return "#" + "".join(f"{int(one):02x}" for one in parts[:3])
