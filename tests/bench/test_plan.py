"""Plans say what is measured; what they cannot say is refused by name."""

from __future__ import annotations

import itertools
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.bench import manifest, plan, plan_file
from gateway.bench.intervals import MIN_ROUNDS
from gateway.bench.rounds import OFF, SAMPLED, STAMPS, UNSAMPLED, pace, visits
from gateway.config import ROOT
from gateway.errors import Refusal

NOTHING = plan.Wishes()
SMALL: dict[str, Any] = {
    "name": "small",
    "rounds": 4,
    "block_ms": 10,
    "warmup_ms": 0,
    "min_calls": 1,
    "stamps_every": 2,
    "reservoir": 10,
    "timeout_ms": 0,
    "budget_s": 0,
    "minimum_gain": 0.2,
    "control": "uds/msgpack",
    "scenarios": [
        {"kernel": "echo", "sizes": ["64 B", "4KiB"], "routes": ["native", "uds", "grpc-uds"]},
        {"kernel": "redact", "sizes": ["4KiB"], "callers": [1, 16], "routes": ["native", "native/original", "cgo/raw"]},
    ],
}


def parsed(wishes: plan.Wishes = NOTHING, **changed: Any) -> plan.Plan:
    return plan_file.parse({**SMALL, **changed}, "small.toml", wishes, seed=7)


@pytest.mark.parametrize(("name", "most_cases"), [("quick", 40), ("default", 230)])
def test_a_plan_of_ours_is_whole_and_has_no_more_cases_than_it_promises(name: str, most_cases: int) -> None:
    found = plan_file.read(ROOT / "plans" / f"{name}.toml", NOTHING, 42)
    assert 1 < len(found.cases) <= most_cases
    assert {case.placement for case in found.cases} == {"native", "inproc", "process"}


@pytest.mark.parametrize(("name", "on"), [("quick", {"redact"}), ("default", {"echo", "redact"})])
def test_codecs_are_crossed_on_echo_and_redact_only(name: str, on: set[str]) -> None:
    found = plan_file.read(ROOT / "plans" / f"{name}.toml", NOTHING, 42)
    codecs: dict[tuple[str, str], set[str]] = {}
    for case in found.cases:
        channel, _, codec = case.route.partition("/")
        if case.is_reference:
            continue
        codecs.setdefault((case.scenario.kernel, channel), set()).add(codec)
    crossed = {kernel for (kernel, channel), several in codecs.items() if len(several) > 1 and channel != "native"}
    assert crossed == on


def test_scenarios_are_crossed_with_routes_by_leading_segments() -> None:
    names = [case.name for case in parsed().cases]
    assert "echo 64 B by uds/raw" in names
    assert "echo 4 KiB by grpc-uds/protobuf" in names
    assert "redact 4 KiB, 16 callers by cgo/raw" in names
    assert len(names) == 2 * 5 + 2 * 3 + 1


def test_one_case_is_there_twice_as_the_control() -> None:
    (control,) = [case for case in parsed().cases if case.control]
    assert control.name == "echo 4 KiB by uds/msgpack (control)"


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (plan.Wishes(kernels=("redact",)), {"native", "native/original", "cgo/raw"}),
        (plan.Wishes(kernels=("echo",), routes=("uds/raw",)), {"native", "uds/raw"}),
        (plan.Wishes(kernels=("redact",), routes=("grpc-tcp",)), {"native", "native/original", "grpc-tcp/protobuf"}),
    ],
)
def test_wishes_narrow_a_plan_and_go_stays_because_ratios_are_against_it(
    wishes: plan.Wishes, expected: set[str]
) -> None:
    assert {case.route for case in parsed(wishes).cases} == expected


def test_wishes_replace_payloads_and_load() -> None:
    found = parsed(plan.Wishes(sizes_bytes=(512,), callers=3, rate_per_s=100.0))
    loads = {(one.size_bytes, one.callers, one.rate_per_s) for one in found.scenarios}
    assert loads == {(512, 3, 100.0)}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"rounds": 0}, "rounds"),
        ({"block_ms": "fast"}, "block_ms"),
        ({"minimum_gain": -1}, "minimum_gain"),
        ({"wormup_ms": 3}, "wormup_ms"),
        ({"scenarios": [{"sizes": ["4KiB"]}]}, "kernel"),
        ({"scenarios": [{"kernel": "redcat", "sizes": ["4KiB"], "routes": ["native"]}]}, "redcat"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["4KiB"], "routes": ["udp"]}]}, "udp"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["4 kilos"], "routes": ["uds"]}]}, "4 kilos"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["1KiB"], "routes": ["uds"], "callers": [0]}]}, "callers"),
        ({"scenarios": [{"kernel": "redact", "sizes": "1KiB", "routes": ["uds"]}]}, "sizes"),
        ({"scenarios": []}, "nothing"),
        ({"placement": "spilt"}, "split"),
        ({"precision": 2}, "precision"),
        ({"precision": float("nan")}, "precision"),
        ({"time_budget_s": "long"}, "time_budget_s"),
        ({"scenarios": [{"kernel": "redact", "mix": 3, "routes": ["uds"]}]}, "mix"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["1KiB"], "routes": ["uds"], "quota_cpus": -1}]}, "quota_cpus"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["1KiB"], "routes": ["uds"], "modes": ["on"]}]}, "mode"),
        ({"scenarios": [{"kernel": "redact", "sizes": ["1KiB"], "routes": ["uds"], "steps": ["a"]}]}, "steps"),
        (
            {"scenarios": [{"kernel": "redact", "sizes": ["1KiB"], "routes": ["uds"], "references": ["bare-uds"]}]},
            "echo",
        ),
        ({"scenarios": [{"kernel": "echo", "sizes": ["1KiB"], "routes": ["uds"], "references": ["bare"]}]}, "bare-uds"),
        ({"sweep": 3}, "sweep"),
        ({"journey": {"rate": 3}}, "rate"),
    ],
)
def test_a_plan_that_cannot_be_run_is_refused_by_what_is_wrong(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(Refusal, match=named):
        parsed(**changed)


ANYTHING: list[Any] = [
    3,
    -1,
    0,
    True,
    "x",
    "",
    [],
    [3],
    ["x"],
    {},
    {"a": 1},
    1.5,
    float("nan"),
    None,
    [[]],
    [{}],
    10**30,
]


@pytest.mark.parametrize("place", ["top", "scenarios", "sweep", "journey"])
def test_no_value_of_any_key_does_worse_than_a_refusal(place: str) -> None:
    default, journey = (plan_file.load(ROOT / "plans" / f"{name}.toml") for name in ("default", "journey"))
    whole = {**default, **journey, "placement": "same", "precision": 0.1, "time_budget_s": 9}
    scenario = {**whole["scenarios"][0], "mix": True, "quota_cpus": 1, "modes": ["stamps"], "steps": 3}
    tables = {"top": whole, "scenarios": scenario, "sweep": whole["sweep"][0], "journey": whole["journey"]}
    for key, value in itertools.product(tables[place], ANYTHING):
        changed = {**tables[place], key: value}
        content = changed if place == "top" else {**whole, place: changed if place == "journey" else [changed]}
        try:
            plan_file.parse(content, "plan.toml", NOTHING, 1)
        except Refusal as refused:
            assert "\n" not in str(refused), (key, value)


def test_a_plan_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("rounds = = 3")
    with pytest.raises(Refusal, match=r"broken\.toml"):
        plan_file.read(tmp_path / "broken.toml", NOTHING, 1)


ECHO = {"kernel": "echo", "sizes": ["4KiB"], "routes": ["native", "cgo/raw", "uds"]}
REFERENCES = ["bare-uds", "bare-cgo", "default-grpc", "bare-aio"]


def test_references_stand_beside_the_routes_over_their_channels_and_are_no_routes() -> None:
    found = parsed(scenarios=[{**ECHO, "references": REFERENCES}])
    beside = [case for case in found.cases if case.is_reference]
    assert [(case.route, case.placement) for case in beside] == [
        ("reference/bare-uds", "process"),
        ("reference/bare-cgo", "inproc"),
    ]
    assert not any(case.carries_stamps for case in beside)
    assert not found.cases[-1].is_reference
    assert found.cases[-1].control


def test_references_alone_leave_nothing_to_measure() -> None:
    found = parsed(scenarios=[{**ECHO, "references": REFERENCES}])
    with pytest.raises(Refusal, match="nothing"):
        plan.without(found, [case for case in found.cases if not case.is_reference])


def test_a_case_named_twice_is_one_with_the_modes_of_both() -> None:
    twice = [ECHO, {**ECHO, "routes": ["native", "uds/raw"], "modes": [SAMPLED, STAMPS]}]
    found = {case.route: case.modes for case in parsed(scenarios=twice).cases if not case.control}
    assert list(found) == ["native", "cgo/raw", "uds/protobuf", "uds/msgpack", "uds/raw"]
    assert found["uds/raw"] == (STAMPS, SAMPLED)
    assert {modes for route, modes in found.items() if route != "uds/raw"} == {()}


def test_modes_of_a_case_come_in_every_round_and_stamps_of_the_others_now_and_then() -> None:
    table = {**ECHO, "routes": ["uds/raw"], "modes": [UNSAMPLED, SAMPLED]}
    whole = parsed(scenarios=[ECHO, table], stamps_every=2)
    case = next(index for index, one in enumerate(whole.cases) if one.modes)
    modes = [sorted(one.mode for one in visits(whole, index) if one.case == case) for index in (0, 1)]
    assert modes == [[OFF, SAMPLED, STAMPS, UNSAMPLED], [OFF, SAMPLED, UNSAMPLED]]


def test_every_scenario_has_a_name_of_its_own() -> None:
    tables = [
        {**ECHO, "callers": [1, 64]},
        {**ECHO, "quota_cpus": 0.5},
        {**ECHO, "kernel": "spin", "steps": [500, 2000]},
        {**ECHO, "kernel": "spin"},
        {**ECHO, "mix": True},
    ]
    names = [one.name for one in parsed(scenarios=tables).scenarios]
    assert len({*names}) == len(names) == 7
    assert {"echo 4 KiB, 64 callers", "echo 4 KiB, 0.5 CPU", "spin 4 KiB, 500 steps"} <= {*names}


def test_under_a_quota_throughput_decides() -> None:
    (scenario,) = parsed(scenarios=[{**ECHO, "quota_cpus": 0.5}]).scenarios
    assert scenario.by_throughput


def test_wishes_replace_how_long_and_on_which_cpus_is_measured() -> None:
    found = parsed(plan.Wishes(rounds=9, placement="same", precision=0.02, time_budget_s=60.0))
    assert (found.rounds, found.placement, found.precision, found.time_budget_s) == (9, "same", 0.02, 60.0)


def test_a_plans_own_budget_is_for_its_own_rounds() -> None:
    budgets = [
        parsed(wishes, budget_s=30).budget_s for wishes in (NOTHING, plan.Wishes(rounds=9), plan.Wishes(precision=0.1))
    ]
    assert budgets == [30, 0, 0]


def test_a_sweep_is_wished_for_or_not_and_narrowed_like_the_rest() -> None:
    assert parsed().sweep == ()
    wished = parsed(plan.Wishes(sweep=True, kernels=("redact",), routes=("uds/msgpack",))).sweep
    assert [one.routes for one in wished] == [("native", "uds/msgpack")]
    assert parsed(plan.Wishes(sweep=True, kernels=("echo",))).sweep == ()
    default = plan_file.load(ROOT / "plans" / "default.toml")
    assert plan_file.parse(default, "default", plan.Wishes(sweep=False), 1).sweep == ()
    assert parsed(plan.Wishes(journey=True)).journey is not None
    assert parsed().journey is None


def test_what_a_machine_cannot_run_leaves_the_plan_and_its_control_moves() -> None:
    whole = parsed()
    rest = plan.without(whole, [case for case in whole.cases if case.route.startswith("uds")])
    assert {case.route for case in rest.cases} == {"native", "native/original", "cgo/raw", "grpc-uds/protobuf"}
    assert [case.route for case in rest.cases if case.control] == ["grpc-uds/protobuf"]


def test_every_round_visits_each_case_once_in_an_order_of_its_own() -> None:
    whole = parsed()
    rounds = [[one for one in visits(whole, index) if one.mode == OFF] for index in range(4)]
    assert all(sorted(visit.case for visit in one) == list(range(len(whole.cases))) for one in rounds)
    assert len({tuple(visit.case for visit in one) for one in rounds}) == 4
    assert rounds == [[one for one in visits(parsed(), index) if one.mode == OFF] for index in range(4)]


def test_blocks_with_stamps_come_in_every_second_round_and_never_for_go() -> None:
    whole = parsed()
    stamped = [
        [whole.cases[one.case].placement for one in visits(whole, index) if one.mode == STAMPS] for index in range(4)
    ]
    assert [bool(one) for one in stamped] == [True, False, True, False]
    assert "native" not in stamped[0]


@pytest.mark.parametrize(
    ("done", "spent_s", "expected"),
    [(1, 1.0, 1.0), (2, 8.0, 0.25), (2, 9.9, 0.2), (4, 20.0, 1.0), (0, 0.0, 1.0)],
)
def test_blocks_get_shorter_where_a_machine_is_too_slow_for_the_budget(
    done: int, spent_s: float, expected: float
) -> None:
    assert pace(parsed(budget_s=10), done, spent_s, 1.0) == pytest.approx(expected)
    assert pace(parsed(time_budget_s=10.0, budget_s=40), done, spent_s, 1.0) == pytest.approx(expected)
    assert pace(parsed(), done, spent_s, 1.0) == 1.0


def test_a_manifest_comes_back_from_json_as_it_was() -> None:
    everything = parsed(plan.Wishes(sweep=True, journey=True, precision=0.02), scenarios=[{**ECHO, "modes": [STAMPS]}])
    rounds = [manifest.RoundNote(1, 2, 0, 0, 2, throttled_ns=5, load_1min=0.5)]
    whole = manifest.Manifest(everything, ["gateway"], "now", {}, {}, {}, {}, {}, rounds=rounds)
    assert manifest.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_the_command_to_repeat_a_run_names_its_seed_and_another_folder() -> None:
    command = ["gateway", "bench", "--quick", "--out", "there"]
    whole = manifest.Manifest(parsed(), command, "now", {}, {}, {}, {}, {})
    assert whole.again == ["gateway", "bench", "--quick", "--seed", "7"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["gateway", "bench", "--quick", "--out", "there"], ["gateway", "bench", "--replay", "runs/a"]),
        (
            ["gateway", "--bin", "b", "bench", "--input", "my own.log", "--quick"],
            ["gateway", "--bin", "b", "bench", "--replay", "runs/a", "--input", "my own.log"],
        ),
        (["gateway", "bench", "--input=a.log"], ["gateway", "bench", "--replay", "runs/a", "--input=a.log"]),
    ],
)
def test_the_command_to_replay_a_run_names_its_folder_and_its_input(command: list[str], expected: list[str]) -> None:
    whole = manifest.Manifest(parsed(), command, "now", {}, {}, {}, {}, {})
    assert whole.replay(Path("runs/a")) == expected


def test_the_quick_plan_says_what_its_numbers_mean() -> None:
    text = (ROOT / "plans" / "quick.toml").read_text()
    assert tomllib.loads(text)["rounds"] >= MIN_ROUNDS + 5
