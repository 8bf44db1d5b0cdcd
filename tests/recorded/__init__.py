"""Runs recorded on a real machine, which tests replay; `python -m tests.recorded` records them anew."""

from pathlib import Path
from typing import NamedTuple

RUNS = Path(__file__).parent / "runs"
PLAN = Path(__file__).parent / "plan.toml"


class Recording(NamedTuple):
    """A run's folder, and how it was made: further arguments of `gateway bench`, and what a plant build does wrong."""

    name: str
    arguments: tuple[str, ...] = ()
    plant: str = ""


BASE = Recording("base")
AGAIN = Recording("again")
SLOWER = Recording("slower", plant="delay:encode:40000")
FEW = Recording("few", ("--rounds", "6"))
OTHER = Recording("other-plan", ("--kernel", "echo", "--rounds", "6"))
RECORDINGS = (BASE, AGAIN, SLOWER, FEW, OTHER)
