"""What the tests of the supervisor share."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.supervise.child import Child, Surroundings
from gateway.supervise.surroundings import surroundings

UNRULY = Path(__file__).parent / "unruly.py"


@pytest.fixture
def around() -> Iterator[Surroundings]:
    """A socket folder and a lifeline of their own."""
    with surroundings({}) as made:
        yield made


@pytest.fixture
def unruly(tmp_path: Path, around: Surroundings) -> Iterator[Callable[[str], Child]]:
    """Starts a child that behaves in the named way; what still lives at the end is killed."""
    program = tmp_path / "unruly"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {UNRULY} "$@"\n')
    program.chmod(0o755)
    started: list[Child] = []

    def start(way: str) -> Child:
        started.append(Child("worker", program, (way,), around))
        return started[-1]

    yield start
    for child in started:
        child.kill()
