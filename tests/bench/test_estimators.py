"""Three estimates of a boundary whose cost is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gateway.bench import plan_file
from gateway.bench.estimators import BoundaryEstimate, estimates
from gateway.bench.plan import Case, Plan, Scenario, Wishes
from gateway.bench.stage_profile import StampedCalls
from gateway.config import ROOT
from tests.bench.made import plan

ROUTE = "uds/msgpack"
ROUNDS = 40
FIXED_NS, PER_BYTE_NS, STEP_NS = 40_000.0, 0.8, 1.7
BOUNDARY_NS = FIXED_NS + PER_BYTE_NS * 4_096
SIZES, STEPS = (1_024, 4_096, 16_384), (200, 600, 1_200)


DRIFT = np.exp(np.random.default_rng(4).normal(0, 0.1, ROUNDS))
"""Rounds differ by 10 %."""


def made_plan(steps: tuple[int, ...] = STEPS, *others: Case) -> Plan:
    """Echo at 4 KiB, and spin at three sizes."""
    spins = [Case(Scenario("spin", size, steps=one), ROUTE) for size in SIZES for one in steps]
    return plan(Case(Scenario("echo", 4_096), ROUTE), *spins, *others)


def off(made: Plan) -> np.ndarray:
    """What each case takes in each round, without stamps; within a round cases are out by 1 %."""
    rng = np.random.default_rng(1)
    truth = [FIXED_NS + PER_BYTE_NS * one.scenario.size_bytes + STEP_NS * one.scenario.steps for one in made.cases]
    return np.array(truth)[:, None] * DRIFT * np.exp(rng.normal(0, 0.01, (len(truth), ROUNDS)))


def calls(made: Plan, stamps_ns: float = 0.0) -> dict[int, StampedCalls]:
    """Calls with stamps of every case, ten a round, each of which is so much longer for its stamps."""
    rounds = np.repeat(np.arange(ROUNDS), 10)
    noise = np.exp(np.random.default_rng(2).normal(0, 0.02, len(rounds)))
    found = {}
    for index, case in enumerate(made.cases):
        compute = np.full(len(rounds), STEP_NS * case.scenario.steps)
        besides = (FIXED_NS + PER_BYTE_NS * case.scenario.size_bytes) * noise * np.repeat(DRIFT, 10)
        others = {f"stage {number}": besides / 8 for number in range(8)}
        found[index] = StampedCalls(besides + compute + stamps_ns, rounds, {**others, "compute": compute})
    return found


def the_one(found: tuple[BoundaryEstimate, ...]) -> BoundaryEstimate:
    """The estimate at 4 KiB."""
    (one,) = (each for each in found if each.size_bytes == 4_096)
    return one


def test_all_three_find_the_boundary_and_agree() -> None:
    made = made_plan()
    one = the_one(estimates(made, off(made), calls(made)))
    assert (one.route, one.size_bytes) == (ROUTE, 4_096)
    for interval in (one.null_ns, one.receipt_ns, one.fit_ns):
        assert interval.estimate == pytest.approx(BOUNDARY_NS, rel=0.05)
        assert interval.carried
    assert one.estimate_ns == pytest.approx(BOUNDARY_NS, rel=0.05)
    assert one.agrees
    assert one.spread < 0.06


def test_an_estimator_that_errs_shows_in_the_spread() -> None:
    made = made_plan()
    slower = off(made)
    slower[0] *= 1.3  # a null kernel by which a worker falls asleep
    one = the_one(estimates(made, slower, calls(made)))
    assert one.spread > 0.2
    assert not one.agrees


def test_what_stamps_cost_is_priced_at_another_payload_and_taken_off_the_receipts() -> None:
    made = made_plan(STEPS, Case(Scenario("echo", 64), ROUTE), Case(Scenario("echo", 1 << 20), ROUTE))
    without, priced = (
        the_one(estimates(made, off(made), calls(made, stamps))).receipt_ns.estimate for stamps in (0.0, 9_000.0)
    )
    assert priced == pytest.approx(without, rel=0.001)


def test_stamps_that_cost_more_with_larger_payloads_are_priced_between_the_neighbours() -> None:
    made = made_plan(STEPS, Case(Scenario("echo", 2_048), ROUTE), Case(Scenario("echo", 8_192), ROUTE))

    def dearer(per_byte_ns: float) -> dict[int, StampedCalls]:
        return {
            index: replace(one, totals=one.totals + per_byte_ns * made.cases[index].scenario.size_bytes)
            for index, one in calls(made).items()
        }

    without, priced = (
        the_one(estimates(made, off(made), dearer(per_byte_ns))).receipt_ns.estimate for per_byte_ns in (0.0, 2.0)
    )
    assert priced == pytest.approx(without, rel=0.01)


def test_without_another_payload_the_price_is_that_of_the_clocks_reads() -> None:
    """Nine stages have eight reads between them and one at either end, of which the total has one itself."""
    made = made_plan()
    without, priced = (
        the_one(estimates(made, off(made), calls(made, 9 * read), read)).receipt_ns.estimate for read in (0.0, 500.0)
    )
    assert priced == pytest.approx(without)


def test_what_echo_computes_is_no_boundary() -> None:
    made, stamped = made_plan(), calls(made_plan())
    stamped[0] = replace(stamped[0], stages={"compute": np.full(len(stamped[0].totals), 5_000.0)})
    before = the_one(estimates(made, off(made), calls(made))).null_ns.estimate
    assert the_one(estimates(made, off(made), stamped)).null_ns.estimate == pytest.approx(before - 5_000, rel=0.01)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (made_plan(steps=(600,)), "one amount of compute does not tell k from a"),
        (made_plan(steps=(4_000, 20_000)), "the caller falls asleep meanwhile: another boundary"),
        (replace(made_plan(), cases=made_plan().cases[1:]), "no null kernel"),
        (replace(made_plan(), cases=made_plan().cases[:4]), "one size"),
    ],
)
def test_nothing_is_estimated_that_the_plan_does_not_carry(made: Plan, why: str) -> None:
    assert estimates(made, off(made), calls(made)) == (), why


def test_nothing_is_estimated_without_stamped_calls() -> None:
    made = made_plan()
    assert estimates(made, off(made), {}) == ()


def test_rounds_that_were_cut_short_are_left_out() -> None:
    made = made_plan()
    times = off(made)
    times[3, -1] = np.nan
    assert the_one(estimates(made, times, calls(made))).fit_ns.rounds == ROUNDS - 1


@pytest.mark.parametrize("file", ["default", "boundary"])
def test_the_plans_carry_the_estimates_that_are_promised(file: str) -> None:
    made = plan_file.read(ROOT / "plans" / f"{file}.toml", Wishes(), 1)
    stamped = {index: one for index, one in calls(made).items() if made.cases[index].carries_stamps}
    found = {(one.route, one.size_bytes) for one in estimates(made, off(made), stamped)}
    assert {("uds/msgpack", 4_096), ("grpc-uds/protobuf", 4_096)} <= found
