"""A run of a million kept calls is concluded soon and in little memory.

By CPU time, so that it holds on a machine that does other things too; `python -m tests.bench.million` tells
the clock's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import million

if TYPE_CHECKING:
    from pathlib import Path


def test_a_million_records_are_read_and_concluded_in_ten_seconds_and_a_gibibyte(tmp_path: Path) -> None:
    took = million.conclude(million.write(tmp_path / "run"))
    assert took.samples >= 1_000_000
    assert took.cases == 60
    assert took.cpu_seconds <= million.MOST_SECONDS
    assert took.peak_bytes <= million.MOST_BYTES
