"""The colours can be read, and told apart by who does not see all of them."""

from __future__ import annotations

from itertools import combinations

import pytest

from gateway.report import palette
from tests.report.contrast import SIGHT, contrast, distance

SCHEMES = {"light": palette.LIGHT, "dark": palette.DARK}
PLACED = ("go", "inproc", "process")
TEXT = ("ink", "soft", "accent", "go", "inproc", "process", "reference", "good", "bad")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("role", TEXT)
def test_text_of_every_role_has_the_contrast_that_wcag_asks_for(scheme: str, role: str) -> None:
    colours = SCHEMES[scheme]
    assert min(contrast(colours[role], colours[paper]) for paper in ("page", "card")) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("sight", SIGHT)
def test_placements_differ_to_every_eye(scheme: str, sight: str) -> None:
    colours = SCHEMES[scheme]
    assert min(distance(colours[a], colours[b], sight) for a, b in combinations(PLACED, 2)) >= 12


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_stage_s_name_can_be_read_on_its_bar(scheme: str) -> None:
    colours = SCHEMES[scheme]
    stages = [name for name in colours if name not in {*TEXT, "page", "card", "line", "grid"}]
    assert {
        name: contrast(colours[name], colours["card"])
        for name in stages
        if contrast(colours[name], colours["card"]) < 3.5
    } == {}


def test_no_two_roles_share_a_light_colour_for_it_stands_for_the_role() -> None:
    assert len(set(palette.LIGHT.values())) == len(palette.LIGHT) == len(palette.DARK)
    assert palette.LIGHT.keys() == palette.DARK.keys()
