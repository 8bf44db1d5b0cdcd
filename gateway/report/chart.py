"""What a figure module gives: pictures with what they say, and the chapter of the report that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from gateway.bench.findings import Findings


_SHORTEST = 3
"""A name of fewer letters is an abbreviation."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: `name` is unique in the report and names its file; `says` is what one sees and what follows from it.

    `tips` is what a reader sees on a mark, by the mark's gid.
    """

    name: str
    title: str
    figure: Figure
    says: str
    tips: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the report.

    `draw` returns no chart where the run has no data for it; then `missing` says what would measure it, as arguments of
    `gateway bench`. `data` are the files of the run folder that the pictures are made of. `wide` pictures take two
    columns.
    """

    name: str
    title: str
    lead: str
    draw: Callable[[Findings], list[Chart]]
    data: tuple[str, ...]
    missing: str = ""
    wide: bool = False

    @property
    def label(self) -> str:
        """Its name in the table of contents."""
        words = self.name.replace("-", " ")
        return words.upper() if len(words) < _SHORTEST else words.capitalize()
