"""Verdicts on runs whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bench import advice, summary, verdict
from tests.bench.simulated import Truth, redact_and_digest, simulate


def judged(truth: Truth) -> dict[tuple[str, int], verdict.Verdict]:
    run = simulate(truth, Path("simulated"))
    found = verdict.verdicts(summary.summarise(run), run.manifest)
    return {(one.scenario.kernel, one.scenario.size_bytes): one for one in found}


@pytest.mark.parametrize(
    ("kernel", "size", "fastest", "isolated"),
    [
        ("redact", 256, "inproc", "keep-go"),
        ("redact", 4_096, "inproc", "keep-go"),
        ("redact", 65_536, "inproc", "process"),
        ("digest", 256, "keep-go", "keep-go"),
        ("digest", 4_096, "keep-go", "keep-go"),
        ("digest", 65_536, "keep-go", "keep-go"),
    ],
)
def test_a_quiet_machine_gives_the_verdict_of_its_truth(kernel: str, size: int, fastest: str, isolated: str) -> None:
    found = judged(redact_and_digest())[kernel, size]
    assert (found.fastest, found.with_isolation, found.why) == (fastest, isolated, "")


def test_a_gain_at_the_minimum_itself_is_inconclusive() -> None:
    truth = redact_and_digest(noise=0.05)
    truth.times_ns["redact", 4_096, "cgo/raw"] = truth.times_ns["redact", 4_096, "native"] / 1.2
    found = judged(truth)["redact", 4_096]
    assert found.fastest == "inconclusive"
    assert "20 % minimum" in found.why


def test_equal_kernels_are_never_given_to_rust() -> None:
    truth = redact_and_digest()
    truth.times_ns = dict.fromkeys(truth.times_ns, 50000.0)
    assert {one.fastest for one in judged(truth).values()} == {"keep-go"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"control_factor": 1.05}, "A/A control differs"),
        ({"rounds": 19}, "too few rounds"),
        ({"disturbed_rounds": 8}, "disturbed"),
    ],
)
def test_a_run_that_cannot_be_trusted_gives_no_verdict(changed: dict[str, float], reason: str) -> None:
    found = judged(redact_and_digest(**changed)).values()
    assert {one.fastest for one in found} | {one.with_isolation for one in found} == {"inconclusive"}
    assert all(reason in one.why for one in found)


def test_a_route_that_differs_takes_no_part_in_a_verdict() -> None:
    truth = redact_and_digest(differing=frozenset({("redact", "cgo/raw")}))
    assert judged(truth)["redact", 65_536].fastest == "process"
    assert judged(truth)["redact", 256].fastest == "keep-go"


def test_a_route_through_a_proxy_is_measured_and_never_recommended() -> None:
    truth = redact_and_digest()
    for size in (256, 4_096, 65_536):
        truth.times_ns["redact", size, "gateway/msgpack"] = truth.times_ns["redact", size, "cgo/raw"] / 100
    run = simulate(truth, Path("simulated"))
    scenarios = summary.summarise(run)
    proxied = [case for one in scenarios.scenarios if (case := one.by_route("gateway/msgpack"))]
    assert [case.calls > 0 and case.speed_up.estimate > 100 for case in proxied] == [True] * 3
    plain = judged(redact_and_digest())
    assert {key: one.fastest for key, one in judged(truth).items()} == {key: one.fastest for key, one in plain.items()}
    named = advice.break_evens(scenarios)
    assert not any(one.route.startswith("gateway") for one in named)


def test_verdicts_are_against_the_better_go_whichever_twin_it_is() -> None:
    truth = redact_and_digest()
    truth.times_ns["redact", 4_096, "native/original"] = truth.times_ns["redact", 4_096, "cgo/raw"]
    assert judged(truth)["redact", 4_096].fastest == "keep-go"


def test_improving_the_go_comes_first_where_the_profiled_go_is_far_from_the_better_one() -> None:
    found = judged(redact_and_digest())["redact", 4_096]
    assert found.go_first == pytest.approx(34, rel=0.05)
    assert judged(redact_and_digest())["digest", 4_096].go_first is None


def test_what_would_flip_a_verdict_is_said_with_its_payload() -> None:
    run = simulate(redact_and_digest(), Path("simulated"))
    figures = summary.summarise(run)
    found = advice.break_evens(figures)
    large = next(
        one
        for one in verdict.verdicts(figures, run.manifest)
        if one.scenario.size_bytes == 65_536 and one.fastest == "inproc"
    )
    sentences = advice.flips(large, found, advice.speed_ups(figures, 0.2))
    assert any(one.startswith("payloads under 4.") for one in sentences)
    assert "crash isolation required: then process" in sentences


def test_the_sidecar_of_redact_breaks_even_where_the_truth_says() -> None:
    run = simulate(redact_and_digest(), Path("simulated"))
    found = advice.break_evens(summary.summarise(run))
    point = next(
        one.point
        for one in found
        if (one.kernel, one.placement, one.against, one.objective) == ("redact", "process", "native", "time")
    )
    assert point.size_bytes == pytest.approx(48_000 / (14.1 * (1 - 1 / 3.7)), rel=0.1)


def test_the_measured_speed_up_is_that_of_the_kernels_alone() -> None:
    run = simulate(redact_and_digest(), Path("simulated"))
    found = {(one.kernel, one.size_bytes): one for one in advice.speed_ups(summary.summarise(run), 0.2)}
    one = found["redact", 4_096]
    assert one.measured == pytest.approx(3.7, rel=0.03)
    assert one.low <= one.measured <= one.high
    assert one.needed["inproc"].estimate == pytest.approx(1.2, abs=0.05)
    assert one.needed["process"].estimate > one.measured


def test_a_plan_can_ask_for_a_larger_gain() -> None:
    run = simulate(redact_and_digest(), Path("simulated"))
    run.manifest.plan = replace(run.manifest.plan, minimum_gain=4.0)
    found = verdict.verdicts(summary.summarise(run), run.manifest)
    assert {one.fastest for one in found} == {"keep-go"}


def test_a_route_that_was_left_out_at_large_payloads_does_not_speak_for_its_placement() -> None:
    main = ("redact", "process", "native", "time")
    truth = redact_and_digest()
    truth.times_ns |= {("redact", size, "uds/raw"): 49_000 + 4.0 * size for size in (256, 4_096, 65_536)}
    truth.times_ns |= {("redact", 1 << 20, "native"): 15e6, ("redact", 1 << 20, "uds/msgpack"): 4e6}
    found = advice.break_evens(summary.summarise(simulate(truth, Path("simulated"))))
    (point,) = (one for one in found if (one.kernel, one.placement, one.against, one.objective) == main)
    assert (point.route, point.point.measured) == ("uds/msgpack", True)
