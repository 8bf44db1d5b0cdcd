"""What is concluded of rides, from rows of which the truth is stated; what is sent; on which CPUs."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gateway.bench import journey_bed, journey_requests, journeys, plan_file
from gateway.bench.folder import Run
from gateway.bench.journeys import ALONE, BYSTANDER, JOURNEY, JOURNEYS_SCHEMA, LOADED, Part
from gateway.bench.manifest import Manifest
from gateway.bench.placement import FREE, SAME, SPLIT
from gateway.bench.plan import Case, Scenario, Wishes
from gateway.bench.requests import Input, Inputs
from gateway.config import ROOT
from gateway.errors import Refusal
from tests.bench import made

SPEC = journeys.JourneySpec(
    routes=("native", "uds/msgpack"),
    mix=(Part("redact", 4096, 1),),
    rate_per_s=100.0,
    bystander_per_s=50.0,
    rounds=2,
    loaded_ns=10**9,
    alone_ns=10**9,
    in_flight=8,
)


def row(route: str, number: int, phase: str, traffic: str, **changed: Any) -> dict[str, Any]:
    """A ride of one second with 2,000 answers of 1 ms."""
    usual = {
        **dict.fromkeys(JOURNEYS_SCHEMA.names, 0),
        "route": route,
        "round": number,
        "phase": phase,
        "traffic": traffic,
        "rate_per_s": 2000.0,
        "due": 2000,
        "requests": 2000,
        "end_ns": 10**9,
        "disturbed": False,
        "bucket_values": [1_000_000],
        "bucket_counts": [2000],
    }
    return {**usual, **changed}


def visit(route: str, number: int, **changed: Any) -> list[dict[str, Any]]:
    """The three rows of a visit; what changed is the loaded journeys'."""
    return [
        row(route, number, ALONE, BYSTANDER, service_cpu_ns=20_000_000, bucket_values=[200_000]),
        row(route, number, LOADED, BYSTANDER, bucket_values=[300_000]),
        row(route, number, LOADED, JOURNEY, **changed),
    ]


def run_with(table: pa.Table) -> Run:
    """A run that has this table of journeys."""
    planned = replace(made.plan(Case(Scenario("redact", 4096), "native")), journey=SPEC)
    manifest = Manifest(planned, [], "", {}, {}, {}, {}, {})
    return Run(Path("runs/1"), manifest, made.blocks(), pa.table({}), [], {"journeys": table})


def concluded(rows: list[dict[str, Any]]) -> tuple[journeys.Journey, ...]:
    """What a run says that has these rows."""
    return journeys.conclude(run_with(pa.Table.from_pylist(rows, schema=JOURNEYS_SCHEMA)))


def test_a_table_of_other_columns_is_refused_by_its_name() -> None:
    table = pa.Table.from_pylist(visit("native", 0), schema=JOURNEYS_SCHEMA).drop_columns(["disturbed"])
    with pytest.raises(Refusal, match=r"runs/1/journeys\.parquet has other columns"):
        journeys.conclude(run_with(table))


def test_routes_stand_in_the_order_of_the_plan_and_those_that_were_not_measured_are_left_out() -> None:
    found = concluded([*visit("uds/msgpack", 0), *visit("native", 0), *visit("cgo/raw", 0)])
    assert [one.route for one in found] == ["native", "uds/msgpack"]
    assert concluded([row("native", 0, ALONE, BYSTANDER)]) == ()


def test_cpu_a_request_leaves_out_what_the_bystander_takes_anyway() -> None:
    (found,) = concluded(visit("native", 0, service_cpu_ns=120_000_000))
    assert found.service_cpu_ns == pytest.approx((120e6 - 20e6) / 2000)


def test_requests_that_were_never_begun_are_failures() -> None:
    (found,) = concluded(visit("native", 0, requests=1900, failures=40, bucket_counts=[1900]))
    assert (found.requests, found.failures) == (1900, 100)


def test_the_collectors_share_is_of_all_rounds_and_its_pause_the_longest() -> None:
    first = {"gc_cpu_ns": 10, "go_cpu_ns": 100, "gc_cycles": 2, "gc_pause_max_ns": 7}
    second = {"gc_cpu_ns": 50, "go_cpu_ns": 100, "gc_cycles": 3, "gc_pause_max_ns": 5}
    (found,) = concluded([*visit("native", 0, **first), *visit("native", 1, **second)])
    assert (found.gc_cpu_share, found.gc_cycles, found.gc_pause_max_ns) == (0.3, 5, 7)


def test_disturbed_rounds_are_counted_and_not_dropped() -> None:
    (found,) = concluded([*visit("native", 0, disturbed=True), *visit("native", 1)])
    assert (found.disturbed_rounds, found.rounds, found.requests) == (1, 2, 4000)


def test_a_service_that_never_collected_has_a_share_of_nothing() -> None:
    (found,) = concluded(visit("native", 0))
    assert found.gc_cpu_share == 0.0


def test_mean_and_deviation_are_of_a_rounds_requests() -> None:
    (found,) = concluded(visit("native", 0, bucket_values=[1_000_000, 3_000_000], bucket_counts=[1000, 1000]))
    assert (found.mean_ns, found.deviation_ns) == (2e6, 1e6)
    assert found.p99_ns == 3e6


def test_a_percentile_of_the_far_tail_is_of_all_rounds_together() -> None:
    rare = {"bucket_values": [1_000_000, 9_000_000], "bucket_counts": [1990, 10]}
    rounds = [one for number in range(5) for one in visit("native", number, **rare)]
    (found,) = concluded(rounds)
    assert found.p999_ns == 9e6
    (few,) = concluded(rounds[:6])
    assert few.p999_ns is None


def test_the_bystander_stands_beside_itself_alone() -> None:
    (found,) = concluded(visit("native", 0))
    assert found.bystander is not None
    assert (found.bystander.p50_ns, found.bystander.alone_p50_ns) == (300_000, 200_000)
    assert (found.bystander.p99_ns, found.bystander.alone_p99_ns) == (300_000, 200_000)


def test_rides_without_an_answer_have_no_times_and_no_bystander() -> None:
    dead = {"requests": 0, "failures": 2000, "bucket_values": [], "bucket_counts": []}
    rows = [row("native", 0, LOADED, JOURNEY, **dead), row("native", 0, ALONE, BYSTANDER, **dead)]
    (found,) = concluded(rows)
    assert found.failures == 2000
    assert np.isnan([found.p50_ns, found.mean_ns, found.service_cpu_ns]).all()
    assert found.bystander is None


def test_a_mix_has_as_many_requests_of_a_part_as_its_weight_says_cut_from_the_input() -> None:
    lines = b"".join(b"line %d of somebody\n" % n for n in range(5000))
    mix = (Part("redact", 512, 3), Part("inflate", 2048, 1))
    found = journey_requests.of_mix(mix, Inputs(Input(lines, None, 1)))
    redacts = [one for one in found if one.target == "/v1/kernels/redact"]
    inflates = [one for one in found if one.target.startswith("/v1/kernels/inflate")]
    assert len(redacts) == 3 * len(inflates)
    assert len({one.body for one in redacts}) == len(redacts)
    assert all(len(one.body) == 512 and one.body in lines * 2 and one.method == "POST" for one in redacts)
    assert all(len(gzip.decompress(one.body)) == 2048 for one in inflates)


def test_scalars_of_a_request_are_its_query() -> None:
    (found, *_) = journey_requests.of_mix((Part("topk", 1024, 1),), Inputs(Input(b"x\n" * 4096, None, 1)))
    assert found.target == "/v1/kernels/topk?k=10"


@pytest.mark.parametrize(
    ("policy", "cpus", "client", "server"),
    [
        (SPLIT, {0, 1}, {0}, {1}),
        (SPLIT, {2, 3, 5, 7}, {2}, {3, 5, 7}),
        (SPLIT, set(range(16)), {0, 1, 2, 3}, set(range(4, 16))),
        (SPLIT, {4}, {4}, {4}),
        (SAME, {0, 1}, {0}, {0}),
        (FREE, {0, 1}, {0, 1}, {0, 1}),
    ],
)
def test_the_client_has_cpus_of_its_own_where_there_are_two(
    policy: str, cpus: set[int], client: set[int], server: set[int]
) -> None:
    sets = journey_bed.cpu_sets(frozenset(cpus), policy)
    assert (set(sets.driver), set(sets.worker)) == (client, server)


def test_our_journeys_carry_the_percentiles_that_they_promise() -> None:
    table = plan_file.load(ROOT / "plans" / "journey.toml")["journey"]
    spec = journeys.parse(table)
    assert spec is not None
    seconds = spec.rounds * spec.loaded_ns / 1e9
    assert min(spec.rate_per_s, spec.bystander_per_s) * seconds >= 10_000
    assert spec.rate_per_s * spec.loaded_ns / 1e9 >= 1_000


@pytest.mark.parametrize(
    ("wishes", "routes", "kernels"),
    [
        (
            Wishes(journey=True),
            {"native", "cgo/raw", "uds/msgpack", "grpc-uds/protobuf"},
            {"redact", "digest", "inflate"},
        ),
        (Wishes(journey=True, kernels=("redact",)), None, {"redact"}),
        (Wishes(journey=True, routes=("uds/msgpack",)), {"native", "uds/msgpack"}, None),
        (Wishes(journey=True, kernels=("echo",)), set(), set()),
        (Wishes(), set(), set()),
    ],
)
def test_wishes_narrow_the_journeys_too(wishes: Wishes, routes: set[str] | None, kernels: set[str] | None) -> None:
    content = plan_file.load(ROOT / "plans" / "quick.toml")
    spec = plan_file.parse(content, "quick", wishes, 1).journey
    if routes is not None:
        assert set(spec.routes if spec else ()) == routes
    if kernels is not None:
        assert {part.kernel for part in (spec.mix if spec else ())} == kernels
