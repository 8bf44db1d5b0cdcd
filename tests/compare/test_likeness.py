"""Two runs may be compared when they measured the same, on the same machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.bench.compare_likeness import other_machine, unlike
from tests.bench.simulated import simulate
from tests.compare.test_compare import BASE

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.manifest import Manifest


@pytest.fixture
def head(tmp_path: Path) -> Manifest:
    return simulate(replace(BASE, rounds=1), tmp_path).manifest


def test_how_many_rounds_were_measured_makes_no_difference(head: Manifest, tmp_path: Path) -> None:
    assert unlike(head, simulate(replace(BASE, rounds=2), tmp_path).manifest) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"input": {"kind": "file", "name": "app.log", "bytes": 3}}, "other inputs"),
        ({"placement": "same"}, "one is placed split, the other same"),
    ],
)
def test_another_head_is_named(head: Manifest, changed: dict[str, Any], says: str) -> None:
    assert [says in sentence for sentence in unlike(head, replace(head, **changed))] == [True]


@pytest.mark.parametrize(("key", "says"), [("block_ns", "other lengths"), ("min_calls", "calls a block")])
def test_another_plan_is_named(head: Manifest, key: str, says: str) -> None:
    other = replace(head, plan=replace(head.plan, **{key: 7}))
    assert [says in sentence for sentence in unlike(head, other)] == [True]


@pytest.mark.parametrize("key", ["architecture", "cpu_model", "cpus_online", "cpus_usable", "cgroup_cpu_limit"])
def test_another_machine_is_told_by_what_differs(head: Manifest, key: str) -> None:
    other = replace(head, machine={**head.machine, key: "another"})
    assert other_machine(head, head) == ""
    assert other_machine(head, other) == f"the runs are of two machines ({key})"
