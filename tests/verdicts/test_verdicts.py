"""The rules of the count themselves, and verdicts over many simulated runs whose truth is known."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.bench import verdict
from gateway.bench.summary import summarise
from tests.bench.simulated import Truth, simulate
from tests.verdicts.rules import hold, tally

GO_NS = 50_000.0


def verdicts_of(digest: str = "keep-go", spin: str = "keep-go", redact: str = "inproc") -> list[dict[str, Any]]:
    """A run's verdicts as summary.json has them."""
    scenarios = [("digest", 64, digest), ("digest", 65_536, digest), ("spin", 64, spin), ("redact", 65_536, redact)]
    scenarios.append(("tokenize", 4_096, "inproc"))
    return [
        {
            "scenario": {"kernel": kernel, "size_bytes": size, "callers": 1},
            "fastest": fastest,
            "with_isolation": fastest if fastest in ("keep-go", "inconclusive") else "process",
        }
        for kernel, size, fastest in scenarios
    ]


@pytest.mark.parametrize(
    ("odd", "holds"),
    [
        ([], True),
        ([verdicts_of(redact="process")] * 20, True),
        ([verdicts_of(redact="inconclusive")] * 4, True),
        ([verdicts_of(redact="inconclusive")] * 5, False),
        ([verdicts_of(digest="inproc")], False),
        ([verdicts_of(spin="process")], False),
        ([verdicts_of(redact="keep-go")], False),
    ],
)
def test_one_wrong_verdict_or_too_many_without_an_answer_break_a_rule(
    odd: list[list[dict[str, Any]]], *, holds: bool
) -> None:
    assert hold(tally([*odd, *[verdicts_of()] * (20 - len(odd))])) is holds


def test_a_rule_that_no_scenario_met_does_not_hold() -> None:
    without = [one for one in verdicts_of() if one["scenario"]["kernel"] != "spin"]
    assert not hold(tally([without] * 20))


def given(speed_up: float, runs: int = 40) -> Counter[str]:
    """Verdicts of quick runs of a kernel whose Rust takes so many times less in process, on a machine with noise."""
    routes = (("native", GO_NS), ("cgo/raw", GO_NS / speed_up), ("uds/msgpack", GO_NS / speed_up + 30_000))
    times = {("redact", 4_096, route): ns for route, ns in routes}
    found: Counter[str] = Counter()
    for seed in range(runs):
        run = simulate(Truth(times, noise=0.08, rounds=45, seed=seed), Path("simulated"))
        (one,) = verdict.verdicts(summarise(run), run.manifest)
        found[one.fastest] += 1
    return found


@pytest.mark.parametrize(
    ("speed_up", "right", "answered"),
    [(1.0, "keep-go", 36), (1.1, "keep-go", 32), (1.35, "inproc", 32), (2.0, "inproc", 36)],
)
def test_simulated_runs_are_hardly_ever_wrong_and_mostly_answer(speed_up: float, right: str, answered: int) -> None:
    found = given(speed_up)
    assert found[right] + found["inconclusive"] == 40
    assert found[right] >= answered


def test_at_the_threshold_itself_no_side_is_taken_more_often_than_an_interval_errs() -> None:
    found = given(1.2)
    assert found["inconclusive"] >= 34
    assert found["process"] == 0
