"""Pictures of a run's report for the README: `python -m tests.report.screenshots RUN`, into docs/images."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.report.browser import browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DESK, PHONE = {"width": 1200, "height": 1400}, {"width": 390, "height": 1400}


def take(report: Path, folder: Path) -> None:
    """Write report.png, report-dark.png and report-phone.png, the first screen of each."""
    with browser() as chromium:
        for name, size, scheme in (("", DESK, "light"), ("-dark", DESK, "dark"), ("-phone", PHONE, "light")):
            page = chromium.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(report.resolve().as_uri())
            page.screenshot(path=folder / f"report{name}.png")


if __name__ == "__main__":
    take(Path(sys.argv[1]) / "report.html", IMAGES)
