"""Only runs of one plan are merged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.bench.merge_likeness import same_run, unlike
from tests.merge.machines import TRUTH, measured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.simulated import Truth

FEWER = {key: time for key, time in TRUTH.times_ns.items() if key[2] != "cgo/raw"}
OTHER = {**TRUTH.times_ns, ("inflate", 4096, "native"): 9_000.0}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(TRUTH, seed=2), ""),
        (replace(TRUTH, rounds=60), ""),
        (replace(TRUTH, machine="another"), ""),
        (replace(TRUTH, times_ns=OTHER), "other scenarios"),
        (replace(TRUTH, times_ns=FEWER), "redact 4 KiB by cgo/raw is in one plan only"),
        (replace(TRUTH, policy={"minimum_gain": 0.5}), "other policies"),
    ],
)
def test_what_tells_plans_apart(other: Truth, why: str, tmp_path: Path) -> None:
    one, another = measured(TRUTH, "one", tmp_path), measured(other, "other", tmp_path)
    told = unlike(one.findings, another.findings), unlike(another.findings, one.findings)
    assert all(why in text and bool(text) == bool(why) for text in told), told


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("name", "default", "the plan is simulated in one and default in the other"),
        ("seed", 7, "the seed is 1 in one and 7 in the other"),
        ("placement", "same", "the placement is split in one and same in the other"),
        ("block_ns", 1, "other lengths"),
    ],
)
def test_a_plan_of_another_name_seed_placement_or_length_is_another(
    key: str, value: object, why: str, tmp_path: Path
) -> None:
    one, other = (measured(TRUTH, name, tmp_path).findings for name in ("one", "other"))
    other.manifest.plan = replace(other.manifest.plan, **{key: value})
    assert why in unlike(one, other)


def test_another_input_is_another_plan(tmp_path: Path) -> None:
    one, other = (measured(TRUTH, name, tmp_path).findings for name in ("one", "other"))
    other.manifest.input = {"kind": "file", "name": "app.log"}
    assert unlike(one, other) == "the runs have other inputs"


def test_a_route_that_a_machine_cannot_run_and_says_so_does_not_make_another_plan(tmp_path: Path) -> None:
    one, other = measured(TRUTH, "one", tmp_path), measured(replace(TRUTH, times_ns=FEWER), "other", tmp_path)
    other.findings.manifest.not_measured = [
        {"kernel": kernel, "route": "cgo/raw", "why": "no library"} for kernel in ("redact", "digest")
    ]
    assert unlike(one.findings, other.findings) == ""


def test_a_run_is_itself_and_no_other(tmp_path: Path) -> None:
    one, other = measured(TRUTH, "one", tmp_path), measured(TRUTH, "other", tmp_path)
    assert same_run(one.findings, one.findings)
    assert not same_run(one.findings, other.findings)
