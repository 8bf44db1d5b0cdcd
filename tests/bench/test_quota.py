"""A CPU limit really limits, all processes together, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gateway import machine
from gateway.bench import quota
from gateway.bench.processes import cpu_ns
from gateway.bench.quota import Quotas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_S = 1.0


@pytest.fixture
def busy() -> Iterator[list[int]]:
    """Two processes that take all the CPU they get."""
    children = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield [child.pid for child in children]
    for child in children:
        child.kill()
        child.wait()


@pytest.fixture
def quotas() -> Iterator[Quotas]:
    with Quotas() as made:
        if why := made.why_not(0.3):
            pytest.skip(why)
        yield made


def used_cpus(pids: list[int]) -> float:
    before_ns, began_s = sum(map(cpu_ns, pids)), time.monotonic()
    time.sleep(BUSY_S)
    return (sum(map(cpu_ns, pids)) - before_ns) / 1e9 / (time.monotonic() - began_s)


def test_two_busy_processes_get_no_more_than_the_limit_together_and_are_free_again_afterwards(
    busy: list[int], quotas: Quotas
) -> None:
    with quotas.limited(busy, 0.3):
        assert used_cpus(busy) <= 0.4
    assert used_cpus(busy) > 0.4


def test_a_limit_of_zero_is_none(busy: list[int], quotas: Quotas) -> None:
    with quotas.limited(busy, 0):
        assert used_cpus(busy) > 0.4


def test_nothing_is_left_behind_even_when_a_block_fails(busy: list[int]) -> None:
    made: list[Path] = []
    with pytest.raises(RuntimeError), Quotas() as quotas:
        if why := quotas.why_not(0.3):
            pytest.skip(why)
        with quotas.limited(busy, 0.3):
            made += [one for one in machine.cgroup_folder().glob("sidecar-*") if one.is_dir()]
            assert made
            raise RuntimeError
    assert not [one for one in made if one.exists()]


def test_where_no_cgroup_can_be_made_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "cgroup_folder", lambda: tmp_path)
    assert Quotas().why_not(0.5) == "no cgroup with a CPU controller is mounted here"
    (tmp_path / "cgroup.procs").touch()
    (tmp_path / f"sidecar-{os.getpid()}-0.5").touch()
    refused = Quotas()
    for _ in range(2):  # for each case that asks
        assert refused.why_not(0.5).startswith("no cgroup can be made below")
