"""How two tools are judged, and that ghz and our driver can be held against each other at all.

A few rounds on a machine that tests share show no more than gross disagreement: `python -m tests.agreement.ghz` judges.
"""

import math

import numpy as np
import pytest

from tests.agreement import ghz
from tests.agreement.calling import Driver, Ghz
from tests.agreement.judging import difference, throughput

ROUNDS, CALLS = 3, 400
GROSS = 0.6


def noisy(center: float, spread: float, seed: int) -> np.ndarray:
    return center + spread * np.random.default_rng(seed).standard_normal(200)


@pytest.mark.parametrize(
    ("by_ghz", "agrees"), [(9_000, True), (9_600, True), (8_400, True), (10_400, False), (7_600, False)]
)
def test_a_difference_of_medians_agrees_within_a_tenth(by_ghz: float, agrees: bool):
    found = difference("d", noisy(9_000, 500, 1), noisy(by_ghz, 500, 2))
    assert found.agrees == agrees
    assert found.low < found.deviation < found.high
    assert math.isclose(found.deviation, by_ghz / 9_000 - 1, abs_tol=0.03)
    assert math.isclose(found.driver, 9.0, rel_tol=0.02)


@pytest.mark.parametrize(("by_ghz", "agrees"), [(2_000, True), (1_750, True), (1_600, False), (2_400, False)])
def test_a_throughput_agrees_within_fifteen_percent_where_it_is_judged(by_ghz: float, agrees: bool):
    rounds = noisy(2_000, 50, 3), noisy(by_ghz, 50, 4)
    assert throughput("t", *rounds, judged=True).agrees == agrees
    assert throughput("t", *rounds, judged=False).agrees


def test_what_both_tools_saw_alike_in_a_round_is_no_deviation():
    drift = np.linspace(1, 3, 200)
    found = difference("d", 9_000 * drift, 9_000 * drift + 90)
    assert abs(found.deviation) < 0.02
    assert found.high - found.low < 0.01


def test_a_round_that_was_disturbed_moves_little():
    by_ghz = noisy(9_000, 300, 5)
    by_ghz[:20] = 90_000
    assert difference("d", noisy(9_000, 300, 6), by_ghz).agrees


def test_both_tools_call_the_same_worker_and_no_gross_disagreement_is_there():
    blocks = ghz.measure(ROUNDS, CALLS)
    assert {client for client, _ in blocks} == {Driver.name, Ghz.name}
    assert all(len(rounds) == ROUNDS for rounds in blocks.values())
    for rounds in blocks.values():
        assert all(block.p50_ns > 1_000 and block.worker_cpu_ns > 1_000 and block.per_s > 1 for block in rounds)
    found = ghz.findings(blocks)
    (judged,) = (one for one in found if one.name.startswith(ghz.JUDGED))
    assert abs(judged.deviation) < GROSS
    assert len(ghz.table(found).splitlines()) == 1 + len(found)
