"""What several machines say together is what was planted in each, and where they disagree is said."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.bench.merge import AGREE, DISAGREE, NONE, PARTLY, answer, merge, to_json
from gateway.bench.merge_machines import BY_BOOT, BY_HARDWARE, BY_NAME
from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO
from tests.merge.machines import NAMES, TRUTH, all_measured, fleet, measured, speed_up

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.merge import Merged, MergedScenario


def of(merged: Merged, kernel: str) -> MergedScenario:
    return next(one for one in merged.scenarios if one.scenario.kernel == kernel)


def test_machines_that_say_the_same_agree_and_the_ratio_has_an_interval_over_them(tmp_path: Path) -> None:
    merged = merge(all_measured(fleet(3.2, 3.5, 3.6, 3.7, 4.1), tmp_path))
    redact, digest = of(merged, "redact"), of(merged, "digest")
    assert (redact.fastest.verdict, redact.fastest.agreement) == (INPROC, AGREE)
    assert (digest.fastest.verdict, digest.fastest.agreement) == (KEEP_GO, AGREE)
    best = redact.best(INPROC)
    assert best
    assert best.speed_up.machines == 5
    assert best.speed_up.estimate == pytest.approx(3.6, rel=0.03)
    assert best.speed_up.low is not None
    assert best.speed_up.high is not None
    own = best.speed_up.on["gamma"]
    assert own.half_width
    assert best.speed_up.high - best.speed_up.low > 4 * own.half_width, "machines differ by more than rounds do"


def test_machines_that_disagree_are_named_with_what_each_says(tmp_path: Path) -> None:
    merged = merge(all_measured(fleet(3.5, 3.6, 0.8, 3.4, 0.7), tmp_path))
    redact = of(merged, "redact")
    assert (redact.fastest.verdict, redact.fastest.agreement) == (INCONCLUSIVE, DISAGREE)
    assert redact.on(KEEP_GO) == ["gamma", "epsilon"]
    best = redact.best(INPROC)
    assert best
    assert best.speed_up.differ


def test_with_too_few_machines_there_is_no_interval_and_it_is_said(tmp_path: Path) -> None:
    merged = merge(all_measured(fleet(3.5, 3.6), tmp_path))
    best = of(merged, "redact").best(INPROC)
    assert best
    assert (best.speed_up.low, best.speed_up.machines) == (None, 2)
    assert any("too few machines (2)" in note for note in merged.notes)


def test_a_machine_whose_run_cannot_be_trusted_counts_in_no_ratio(tmp_path: Path) -> None:
    truths = fleet(3.5, 3.6, 3.4, 3.5, 3.6)
    truths[2] = replace(truths[2], control_factor=1.3)
    merged = merge(all_measured(truths, tmp_path))
    redact = of(merged, "redact")
    best = redact.best(INPROC)
    assert best
    assert [*best.speed_up.on] == [name for name in NAMES if name != "gamma"]
    assert (redact.fastest.verdict, redact.fastest.agreement) == (INPROC, PARTLY)
    assert [one.name for one in merged.counted] == [name for name in NAMES if name != "gamma"]
    assert any(note.startswith("gamma does not count: the A/A control") for note in merged.notes)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ({"boot": "abc"}, {"name": "another", "boot": "abc"}, BY_BOOT),
        ({"boot": "abc"}, {"name": "alpha", "boot": "def"}, BY_NAME),
        ({"name": ""}, {"name": ""}, BY_HARDWARE),
        ({"name": ""}, {"name": "", "cpu_model": "another"}, ""),
        ({"name": "", "boot": "abc"}, {"name": "", "boot": "def"}, ""),
        ({}, {"name": "another"}, ""),
    ],
)
def test_one_machine_measured_twice_counts_once_and_is_said(
    first: dict[str, str], second: dict[str, str], why: str, tmp_path: Path
) -> None:
    runs = [measured(speed_up(3.5), "alpha", tmp_path, **first)]
    runs.append(measured(replace(speed_up(3.6), seed=2), "again", tmp_path, **second))
    merged = merge(runs)
    assert [len(one.runs) for one in merged.machines] == ([2] if why else [1, 1])
    assert any("it counts once" in note and why in note for note in merged.notes) == bool(why)


def test_runs_of_one_machine_that_disagree_leave_it_without_a_verdict(tmp_path: Path) -> None:
    runs = [measured(truth, name, tmp_path, boot="one") for truth, name in zip(fleet(3.5, 0.7), NAMES, strict=False)]
    told = of(merge(runs), "redact").verdicts
    assert [(one.fastest, one.why) for one in told] == [(INCONCLUSIVE, "its runs disagree")]


def test_a_route_that_one_machine_lacks_is_made_of_the_others(tmp_path: Path) -> None:
    runs = all_measured(fleet(3.5, 3.6, 3.4), tmp_path)
    lacking = replace(TRUTH, times_ns={key: time for key, time in TRUTH.times_ns.items() if key[2] != "cgo/raw"})
    merged = merge([*runs, measured(lacking, "delta", tmp_path)])
    best = of(merged, "redact").best(INPROC)
    assert best
    assert [*best.speed_up.on] == ["alpha", "beta", "gamma"]


def test_other_versions_and_kinds_of_machines_are_said(tmp_path: Path) -> None:
    runs = all_measured(fleet(3.5, 3.6, 3.4), tmp_path)
    runs[1].findings.manifest.versions["go"] = "go1.27"
    runs[2].findings.manifest.machine["cpu_model"] = "another"
    told = " ".join(merge([runs[0], runs[1], measured(speed_up(3.5), "delta", tmp_path, cpu_model="another")]).notes)
    assert "other versions of go (go1.26, go1.27)" in told
    assert "of 2 kinds (another, simulated)" in told


@pytest.mark.parametrize(
    ("verdicts", "verdict", "agreement"),
    [
        ([INPROC, INPROC], INPROC, AGREE),
        ([INPROC, INCONCLUSIVE], INPROC, PARTLY),
        ([INPROC, KEEP_GO, INCONCLUSIVE], INCONCLUSIVE, DISAGREE),
        ([INCONCLUSIVE, INCONCLUSIVE], INCONCLUSIVE, NONE),
    ],
)
def test_what_verdicts_say_together(verdicts: list[str], verdict: str, agreement: str) -> None:
    assert (answer(verdicts).verdict, answer(verdicts).agreement) == (verdict, agreement)


def test_the_summary_has_every_machine_and_no_number_that_json_lacks(tmp_path: Path) -> None:
    truths = fleet(3.5, 3.6)
    truths[1] = replace(truths[1], rounds=5)
    told = json.loads(json.dumps(to_json(merge(all_measured(truths, tmp_path))), allow_nan=False))
    assert [one["name"] for one in told["machines"]] == ["alpha", "beta"]
    redact = next(one for one in told["scenarios"] if one["kernel"] == "redact")
    assert [one["machine"] for one in redact["verdicts"]] == ["alpha", "beta"]
    inproc = next(one for one in redact["routes"] if one["route"] == "cgo/raw")
    assert (inproc["machines"], inproc["too_few_machines"], [*inproc["on"]]) == (1, True, ["alpha"])
