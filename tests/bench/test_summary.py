"""The figures of a run whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bench import summary
from tests.bench.simulated import Truth, redact_and_digest, simulate


@pytest.fixture(scope="module")
def figures() -> summary.Summary:
    """49 rounds of 200 calls."""
    return summary.summarise(simulate(redact_and_digest(rounds=49), Path("simulated")))


def case(figures: summary.Summary, kernel: str, size: int, route: str) -> summary.CaseSummary:
    scenario = next(
        one for one in figures.scenarios if (one.scenario.kernel, one.scenario.size_bytes) == (kernel, size)
    )
    found = scenario.by_route(route)
    assert found is not None
    return found


def test_the_headline_is_the_median_of_the_rounds_medians(figures: summary.Summary) -> None:
    assert case(figures, "redact", 4_096, "native").p50_ns == pytest.approx(200 + 14.1 * 4_096, rel=0.01)


def test_a_percentile_that_the_samples_do_not_carry_is_not_shown(figures: summary.Summary) -> None:
    """9,800 calls carry p99 and not p99.9."""
    assert list(case(figures, "redact", 4_096, "native").percentiles_ns) == ["p50", "p90", "p99"]


def test_percentiles_rise(figures: summary.Summary) -> None:
    values = list(case(figures, "digest", 256, "uds/msgpack").percentiles_ns.values())
    assert values == sorted(values)


def test_the_cpu_of_a_call_counts_the_worker_only_where_it_takes_part(figures: summary.Summary) -> None:
    inproc, remote = case(figures, "redact", 4_096, "cgo/raw"), case(figures, "redact", 4_096, "uds/msgpack")
    assert inproc.cpu_ns == pytest.approx(inproc.mean_ns, rel=0.01)
    assert remote.cpu_ns == pytest.approx(remote.mean_ns + 10_000, rel=0.01)
    assert (inproc.worker_cpu_ns, remote.worker_cpu_ns) == (0.0, 10_000.0)


def test_a_speed_up_is_against_the_better_go_with_an_interval(figures: summary.Summary) -> None:
    found = case(figures, "redact", 65_536, "uds/msgpack").speed_up
    truth = (200 + 14.1 * 65_536) / (48_000 + (200 + 14.1 * 65_536) / 3.7)
    assert found.low is not None and found.high is not None
    assert found.low < truth < found.high
    assert found.high / found.low < 1.05


def test_stages_and_residual_add_up_to_the_total(figures: summary.Summary) -> None:
    stages = case(figures, "redact", 4_096, "uds/msgpack").stages
    assert stages is not None
    assert sum(stages.stages_ns.values()) + stages.residual_ns == pytest.approx(stages.total_ns)
    assert stages.stages_ns["compute"] == pytest.approx((200 + 14.1 * 4_096) / 3.7, rel=0.01)
    assert stages.residual_ns > 0


def test_native_calls_have_no_stages(figures: summary.Summary) -> None:
    assert case(figures, "redact", 4_096, "native").stages is None


def test_the_control_of_an_honest_run_shows_no_difference(figures: summary.Summary) -> None:
    assert figures.control.carried
    assert not figures.control.excludes(1.0)
    assert figures.control_name == "digest 64 KiB by uds/msgpack"


def test_the_better_go_is_the_faster_twin(figures: summary.Summary) -> None:
    assert {one.best_go.case.route for one in figures.scenarios if one.best_go} == {"native"}


def test_several_callers_in_a_closed_loop_are_judged_by_throughput() -> None:
    """A goroutine that waits for a CPU between its calls is slow and each of its calls is not."""
    truth = redact_and_digest(callers=16)
    figures = summary.summarise(simulate(truth, Path("simulated")))
    found = case(figures, "redact", 4_096, "cgo/raw")
    assert found.deciding_ns == pytest.approx(16 / found.throughput_per_s * 1e9)
    assert found.speed_up.estimate == pytest.approx(3.63, rel=0.05)


def test_a_run_of_native_routes_alone_has_no_stages_and_is_told_all_the_same() -> None:
    run = simulate(Truth({("redact", 65_536, "native"): 160_000.0}), Path("simulated"))
    found = summary.summarise(replace(run, samples=run.samples.slice(0, 0)))
    assert [case.stages for one in found.scenarios for case in one.cases] == [None]


ECHOES = {
    ("echo", 4_096, "native"): 300.0,
    ("echo", 4_096, "reference/bare-uds"): 40_000.0,
    ("echo", 4_096, "uds/msgpack"): 48_000.0,
}


def test_references_are_told_apart_from_the_cases_of_a_scenario() -> None:
    found = summary.summarise(simulate(Truth(ECHOES), Path("simulated")))
    assert [case.case.route for case in found.references] == ["reference/bare-uds"]
    assert [[case.case.route for case in one.cases] for one in found.scenarios] == [["native", "uds/msgpack"]]


def test_a_case_is_told_as_a_ratio_to_its_floor_within_rounds() -> None:
    found = case(summary.summarise(simulate(Truth(ECHOES), Path("simulated"))), "echo", 4_096, "uds/msgpack")
    assert found.floor is not None
    assert found.floor.reference == "bare-uds"
    assert found.floor.ratio.estimate == pytest.approx(1.2, rel=0.01)
    assert found.floor.ratio.carried


def test_stamps_are_priced_beside_off(figures: summary.Summary) -> None:
    found = case(figures, "redact", 4_096, "uds/msgpack")
    assert list(found.tracing) == ["stamps"]
    assert found.tracing["stamps"].estimate == pytest.approx(1.0, rel=0.02)
    assert case(figures, "redact", 4_096, "native").tracing == {}


def test_a_run_without_the_cases_that_tell_it_estimates_no_boundary(figures: summary.Summary) -> None:
    assert figures.estimates == ()
