"""Each route to a process twice in the same rounds, and what the pairs say."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench import plan as plans
from gateway.bench import plan_file
from gateway.bench.beside import besides, doubled
from gateway.bench.budget import ratios
from gateway.bench.control import pair
from gateway.bench.manifest import DIFFERS, IDENTICAL
from gateway.bench.per_round import PerRound, of_blocks
from gateway.bench.placement import FREE
from gateway.bench.plan import Case, Scenario, with_control
from gateway.bench.sampled import chosen
from gateway.config import ROOT
from gateway.errors import Refusal
from gateway.wire.lists_generated import CHANNELS
from tests.bench.made import blocks, plan

ECHO, REDACT = Scenario("echo", 4096), Scenario("redact", 4096)
HELD = Scenario("redact", 4096, quota_cpus=0.5)
ROUTES = ("native", "cgo/raw", "uds/msgpack", "grpc-tcp/protobuf")
CASES = (
    *(Case(scenario, route) for scenario in (ECHO, REDACT) for route in ROUTES),
    Case(ECHO, "reference/bare-uds"),
    Case(ECHO, "uds/raw", modes=("stamps", "sampled")),
    Case(HELD, "uds/msgpack"),
)
PLAN = plan(*with_control(CASES, "uds/msgpack", "made"))
DOUBLED = doubled(PLAN)


def test_each_process_route_is_there_once_more_and_nothing_else() -> None:
    twins = [case for case in DOUBLED.cases if case.target]
    assert {(case.scenario, case.route) for case in twins} == {
        *((scenario, route) for scenario in (ECHO, REDACT) for route in ("uds/msgpack", "grpc-tcp/protobuf")),
        (ECHO, "uds/raw"),
    }
    assert {case.modes for case in twins} == {()}
    assert [case for case in DOUBLED.cases if not case.target] == list(PLAN.cases)
    assert doubled(DOUBLED).cases == DOUBLED.cases


def test_the_plan_for_it_has_each_channel_to_a_process_and_no_more_cases_than_the_quick_one() -> None:
    """Unary through the proxy aside, which differs from the stream by what gRPC costs and not by a container."""
    found = doubled(plan_file.read(ROOT / "plans" / "compose.toml", plans.Wishes(), 42))
    channels = {case.route.partition("/")[0] for case in found.cases if case.target}
    assert channels == {channel.name for channel in CHANNELS if channel.placement == "process"} - {"gateway-unary"}
    assert len(found.cases) <= 40


def test_a_twin_is_named_for_what_it_is() -> None:
    names = [case.name for case in DOUBLED.cases]
    assert len(names) == len(set(names))
    assert "echo 4 KiB by uds/msgpack into a container" in names


def test_the_control_repeats_a_case_of_the_host() -> None:
    control, twin = pair(DOUBLED.cases)
    assert DOUBLED.cases[control].control
    assert not DOUBLED.cases[twin].target
    assert not with_control([one for one in DOUBLED.cases if not one.control], "uds/msgpack", "made")[-1].target


def test_a_twin_goes_with_the_case_that_it_stands_beside() -> None:
    left_out = [case for case in DOUBLED.cases if case.route == "uds/msgpack" and not (case.target or case.control)]
    left = plans.without(DOUBLED, left_out)
    assert not [case for case in left.cases if case.route == "uds/msgpack"]
    twins = sorted(case.route for case in left.cases if case.target)
    assert twins == ["grpc-tcp/protobuf", "grpc-tcp/protobuf", "uds/raw"]


def test_from_inside_of_the_network_nothing_is_pinned_and_a_wish_to_is_refused() -> None:
    assert doubled(PLAN, inside=True).placement == FREE
    assert doubled(PLAN, inside=True, placement=FREE).placement == FREE
    with pytest.raises(Refusal, match="--placement split pins processes"):
        doubled(PLAN, inside=True, placement="split")


def test_no_trace_and_no_deciding_ratio_is_of_a_container() -> None:
    assert not [case for case in chosen(DOUBLED) if case.target]
    made = blocks(*({"case": index} for index in range(len(DOUBLED.cases))))
    manifest = type("Head", (), {"plan": DOUBLED, "agreement": [IDENTICAL] * len(DOUBLED.cases)})
    assert not [one.name for one in ratios(made, manifest, 1) if "container" in one.name]  # type: ignore[arg-type]


def figures(ratio: float, rounds: int = 60) -> PerRound:
    """A container's calls take `ratio` of the host's; both follow a machine that drifts."""
    rng = np.random.default_rng(3)
    drift = np.exp(np.linspace(0, 0.5, rounds))
    rows = [
        20_000 * drift * (ratio if case.target else 1.0) * np.exp(rng.normal(0, 0.02, rounds)) for case in DOUBLED.cases
    ]
    times = np.array(rows)
    return PerRound(times, times, 2 * times, 1e9 / times)


@pytest.mark.parametrize("ratio", [1.0, 1.15, 2.5])
def test_the_ratio_is_found_within_rounds(ratio: float) -> None:
    found = besides(DOUBLED.cases, [IDENTICAL] * len(DOUBLED.cases), figures(ratio))
    assert [(one.scenario, one.route) for one in found] == [
        (case.scenario, case.route) for case in DOUBLED.cases if case.target
    ]
    for one in found:
        low, high = one.ratio.low, one.ratio.high
        assert low is not None
        assert high is not None
        assert low <= ratio * 1.01
        assert high >= ratio * 0.99
        assert high - low < 0.05 * ratio
        assert one.cpu_ratio.estimate == pytest.approx(ratio, rel=0.02)
        assert one.container_ns / one.host_ns == pytest.approx(ratio, rel=0.02)
        assert DOUBLED.cases[one.container].target
        assert not DOUBLED.cases[one.host].target
    assert all(one.ratio.excludes(1.0) for one in found) == (ratio > 1)


def test_a_pair_of_which_one_differs_or_was_never_measured_says_nothing() -> None:
    times, whole = figures(1.2), [IDENTICAL] * len(DOUBLED.cases)
    for index, case in enumerate(DOUBLED.cases):
        if (case.scenario, case.route) != (ECHO, "uds/msgpack") or case.control:
            continue
        differing = [DIFFERS if at == index else label for at, label in enumerate(whole)]
        assert len(besides(DOUBLED.cases, differing, times)) == 4
        missing = times.deciding.copy()
        missing[index] = np.nan
        assert len(besides(DOUBLED.cases, whole, PerRound(missing, missing, missing, missing))) == 4


def test_the_cpu_of_a_container_that_is_not_seen_is_unknown_not_none() -> None:
    index = next(at for at, case in enumerate(DOUBLED.cases) if case.target)
    seen, unseen = {"case": index, "driver_cpu_ns": 100, "worker_cpu_ns": 300}, {"case": index, "driver_cpu_ns": 100}
    assert of_blocks(blocks(seen), DOUBLED, 1).cpu[index].tolist() == [40.0]
    assert np.isnan(of_blocks(blocks(unseen), DOUBLED, 1).cpu[index]).all()
