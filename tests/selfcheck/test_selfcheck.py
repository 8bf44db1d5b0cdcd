"""What a self-check concludes from its trials."""

from __future__ import annotations

import json

import pytest

from gateway.bench.intervals import Interval
from gateway.bench.selfcheck import CANNOT_TELL, FAILS, HOLDS, Rate, Rates, Trial, by_route, judge
from gateway.bench.selfcheck_table import document, text
from gateway.bench.selfcheck_trials import Plant

SAME = Interval(1.0, 0.98, 1.02, 50, 0.0, 50.0)
SLOWER = Interval(1.05, 1.03, 1.07, 50, 0.0, 50.0)
FASTER = Interval(0.95, 0.93, 0.97, 50, 0.0, 50.0)
UNKNOWN = Interval(1.0, None, None, 50, 0.9, 2.0)


def trials(
    count: int, false_alarms: int = 0, missed: int = 0, too_few: int = 0, disturbed: int = 0, route: str = "cgo/raw"
) -> list[Trial]:
    """So many trials: the first ones are false alarms, the last ones miss the plant, or carry no interval."""
    made = []
    for index in range(count):
        control = FASTER if index < false_alarms else SAME
        planted = SAME if index >= count - missed else SLOWER
        if index >= count - too_few:
            control = planted = UNKNOWN
        made.append(Trial(route, control, planted, index < disturbed))
    return made


@pytest.mark.parametrize(
    ("made", "outcome", "says"),
    [
        (trials(100, false_alarms=1), HOLDS, "within their bounds"),
        (trials(100, false_alarms=10, missed=10), HOLDS, "within their bounds"),
        (trials(100, false_alarms=11), FAILS, "intervals are too narrow"),
        (trials(100, false_alarms=0), FAILS, "intervals are too wide"),
        (trials(100, false_alarms=5, missed=11), FAILS, "find the planted work"),
        (trials(100, false_alarms=40, disturbed=51), CANNOT_TELL, "other work disturbed 51 of 100 trials"),
        (trials(100, false_alarms=40, disturbed=50), FAILS, "intervals are too narrow"),
        (trials(100, false_alarms=5, too_few=11), CANNOT_TELL, "89 trials with intervals are too few"),
        (trials(20, false_alarms=1), CANNOT_TELL, "20 trials with intervals are too few"),
        (trials(20, false_alarms=9), FAILS, "intervals are too narrow"),
        (trials(20, missed=9), FAILS, "find the planted work"),
        (trials(3, too_few=3), CANNOT_TELL, "0 trials with intervals are too few"),
    ],
)
def test_the_rates_decide_as_far_as_there_are_trials(made: list[Trial], outcome: str, says: str) -> None:
    found, why = judge(Rates.of("all", made))
    assert (found, says in why) == (outcome, True), why


def test_work_that_seems_to_make_a_call_faster_is_not_found() -> None:
    assert not Trial("cgo/raw", SAME, FASTER, disturbed=False).found


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(5, 100, 0.0164, 0.1128), (95, 100, 0.8872, 0.9836), (0, 10, 0.0, 0.3085)]
)
def test_the_interval_of_a_rate_is_that_of_clopper_and_pearson(count: int, of: int, low: float, high: float) -> None:
    rate = Rate.of(index < count for index in range(of))
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=1e-4)


def test_each_route_has_a_line_and_all_of_them_one() -> None:
    made = trials(4) + trials(3, false_alarms=1, route="uds/msgpack")
    assert [(one.route, one.trials, one.false_alarms.count) for one in by_route(made)] == [
        ("cgo/raw", 4, 0),
        ("uds/msgpack", 3, 1),
    ]
    told = text(made, {"cgo/raw": Plant(288, 9_650.0, 1.67)}, 0.05, 12.0)
    assert "cgo/raw: 288 steps on a call of 9.65 µs, 1.67 ns a step" in told
    assert told.splitlines()[3].split()[:2] == ["all", "7"]


def test_the_document_is_json_and_has_every_trial() -> None:
    made = document(trials(4, too_few=1), {}, 0.05, 12.0, ["gateway", "selfcheck"])
    assert len(json.loads(json.dumps(made, allow_nan=False))["trials"]) == 4
