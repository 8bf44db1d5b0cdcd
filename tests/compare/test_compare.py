"""What changed between two simulated runs is what was planted, and what nobody can tell is said so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.bench.compare import CANNOT_TELL, FASTER, RATIOS, SAME, SLOWER, TIMES, compare, judge
from gateway.bench.intervals import Interval
from tests.bench.simulated import Truth, simulate

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.compare import Comparison

ECHO = ("echo", 4096, "native")
REDACT = ("redact", 4096, "uds/msgpack")
DIGEST = ("digest", 4096, "cgo/raw")
BASE = Truth(
    {
        ("echo", 4096, "reference/bare-uds"): 37_000,
        ECHO: 400,
        ("redact", 4096, "native"): 58_000,
        REDACT: 65_000,
        DIGEST: 2_500,
    }
)


def compared(folder: Path, before: Truth, after: Truth, basis: str = RATIOS, distrust: str = "") -> Comparison:
    runs = simulate(before, folder), simulate(replace(after, seed=2), folder)
    return compare(*runs, basis, 0.05, distrust)


def changed(truth: Truth, **factors: float) -> Truth:
    """The truth with the cases of a kernel so many times slower."""
    return replace(truth, times_ns={key: time * factors.get(key[0], 1) for key, time in truth.times_ns.items()})


def outcomes(comparison: Comparison) -> dict[tuple[str, str], str]:
    return {(one.case.scenario.kernel, one.case.route): one.outcome for one in comparison.cases}


def test_what_was_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    found = compared(tmp_path, BASE, changed(BASE, redact=1.2, digest=0.8))
    assert outcomes(found) == {
        ("redact", "native"): SLOWER,
        ("redact", "uds/msgpack"): SLOWER,
        ("digest", "cgo/raw"): FASTER,
    }
    assert found.cases[0].change.estimate == pytest.approx(1.2, rel=0.03)


def test_a_machine_that_is_slower_as_a_whole_changes_times_and_no_ratio(tmp_path: Path) -> None:
    slow = replace(BASE, slowness=1.5)
    assert {*outcomes(compared(tmp_path, BASE, slow)).values()} == {SAME}
    assert {*outcomes(compared(tmp_path, BASE, slow, TIMES)).values()} == {SLOWER}


def test_a_case_is_held_to_the_reference_of_its_placement_or_else_to_echo_in_go(tmp_path: Path) -> None:
    used = {one.case.route: one.yardstick for one in compared(tmp_path, BASE, BASE).cases}
    assert used == {
        "native": "echo 4 KiB by native",
        "uds/msgpack": "echo 4 KiB by reference/bare-uds",
        "cgo/raw": "echo 4 KiB by native",
    }


def test_go_and_in_process_are_held_to_arithmetic_in_go_where_the_plan_has_it(tmp_path: Path) -> None:
    spinning = replace(BASE, times_ns={("spin", 64, "native"): 33_000, **BASE.times_ns})
    used = {one.case.name: one.yardstick for one in compared(tmp_path, spinning, spinning).cases}
    assert used == {
        "echo 4 KiB by native": "spin 64 B by native",
        "redact 4 KiB by native": "spin 64 B by native",
        "redact 4 KiB by uds/msgpack": "echo 4 KiB by reference/bare-uds",
        "digest 4 KiB by cgo/raw": "spin 64 B by native",
    }


def test_without_any_yardstick_ratios_tell_nothing_and_times_do(tmp_path: Path) -> None:
    alone = Truth({REDACT: 65_000})
    found = compared(tmp_path, alone, alone)
    assert [(one.outcome, "--absolute" in one.why) for one in found.cases] == [(CANNOT_TELL, True)]
    assert {*outcomes(compared(tmp_path, alone, alone, TIMES)).values()} == {SAME}


def test_too_few_rounds_in_one_run_leave_nothing_to_tell(tmp_path: Path) -> None:
    found = compared(tmp_path, BASE, replace(changed(BASE, redact=2), rounds=20))
    assert {(one.outcome, one.why) for one in found.cases} == {(CANNOT_TELL, "too few rounds")}


def test_a_case_that_gives_other_bytes_is_not_compared(tmp_path: Path) -> None:
    found = compared(tmp_path, BASE, replace(BASE, differing=frozenset({("redact", "uds/msgpack")})))
    told = next(one for one in found.cases if one.case.route == "uds/msgpack")
    assert (told.outcome, told.why) == (CANNOT_TELL, "it differs from native")


def test_a_run_that_cannot_be_trusted_tells_nothing(tmp_path: Path) -> None:
    found = compared(tmp_path, BASE, changed(BASE, redact=2), distrust="the A/A control differs")
    assert {one.outcome for one in found.cases} == {CANNOT_TELL}


def test_cases_of_one_run_only_are_named(tmp_path: Path) -> None:
    fewer = replace(BASE, times_ns={key: time for key, time in BASE.times_ns.items() if key != DIGEST})
    assert compared(tmp_path, BASE, fewer).missing == ("digest 4 KiB by cgo/raw",)
    assert compared(tmp_path, fewer, BASE).added == ("digest 4 KiB by cgo/raw",)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.98, 1.02, SAME),
        (1.01, 1.03, SAME),
        (1.01, 1.08, SLOWER),
        (1.10, 1.20, SLOWER),
        (0.80, 0.90, FASTER),
        (0.90, 0.99, FASTER),
        (0.98, 1.08, CANNOT_TELL),
        (None, None, CANNOT_TELL),
    ],
)
def test_the_outcome_follows_from_interval_and_threshold(low: float | None, high: float | None, outcome: str) -> None:
    assert judge(Interval(1.0, low, high, 50, 0.0, 50.0), 0.05) == outcome
