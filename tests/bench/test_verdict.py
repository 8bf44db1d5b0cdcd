"""Verdicts on runs whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.bench import breakeven, findings, summary, verdict
from gateway.bench.policy import Policy
from gateway.bench.speedup import needed_at
from tests.bench.simulated import Truth, redact_and_digest, simulate

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.speedup import Needed


def concluded(truth: Truth, policy: Policy | None = None) -> Findings:
    run = simulate(truth, Path("simulated"))
    if policy:
        run.manifest.policy = policy.as_json()
    return findings.conclude(run)


def judged(truth: Truth, policy: Policy | None = None) -> dict[tuple[str, int], verdict.Verdict]:
    found = concluded(truth, policy).verdicts
    return {(one.scenario.kernel, one.scenario.size_bytes): one for one in found}


def sidecar(found: Findings, kernel: str = "redact") -> breakeven.KernelBreakEven:
    wanted = (kernel, "process", "native", "time")
    (one,) = (one for one in found.break_evens if (one.kernel, one.placement, one.against, one.objective) == wanted)
    return one


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
    assert found.headline == fastest


def test_where_a_crash_must_not_spread_the_headline_is_the_verdict_with_isolation() -> None:
    found = judged(redact_and_digest(), Policy(isolation=True))
    assert found["redact", 65_536].headline == "process"
    assert found["redact", 4_096].headline == "keep-go"


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


def test_a_kernel_that_only_prices_the_boundary_gets_no_recommendation() -> None:
    truth = Truth({("echo", 4_096, route): ns for route, ns in (("native", 9e3), ("cgo/raw", 1e3), ("uds/raw", 5e4))})
    found = judged(truth)["echo", 4_096]
    assert (found.fastest, found.headline) == ("inproc", "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"control_factor": 1.05}, "A/A control differs"),
        ({"rounds": 19}, "too few rounds"),
        ({"disturbed_rounds": 12}, "disturbed"),
    ],
)
def test_a_run_that_cannot_be_trusted_gives_no_verdict(changed: dict[str, float], reason: str) -> None:
    found = judged(redact_and_digest(**changed)).values()
    assert {one.fastest for one in found} | {one.with_isolation for one in found} == {"inconclusive"}
    assert {one.cpu for one in found} == {"inconclusive"}
    assert all(reason in one.why for one in found)


@pytest.mark.parametrize(("minimum_gain", "trusted"), [(0.2, True), (0.05, False), (0.0, False)])
def test_a_control_that_differs_by_less_than_could_turn_a_verdict_is_no_failure(
    minimum_gain: float, *, trusted: bool
) -> None:
    found = concluded(redact_and_digest(control_factor=1.012, noise=0.002), Policy(minimum_gain=minimum_gain))
    assert found.summary.control.excludes(1.0)
    assert (found.distrust == "") is trusted


def test_a_route_that_differs_takes_no_part_in_a_verdict() -> None:
    truth = redact_and_digest(differing=frozenset({("redact", "cgo/raw")}))
    assert judged(truth)["redact", 65_536].fastest == "process"
    assert judged(truth)["redact", 256].fastest == "keep-go"


def test_a_route_through_a_proxy_is_measured_and_never_recommended() -> None:
    truth = redact_and_digest()
    for size in (256, 4_096, 65_536):
        truth.times_ns["redact", size, "gateway/msgpack"] = truth.times_ns["redact", size, "cgo/raw"] / 100
    found = concluded(truth)
    proxied = [case for one in found.summary.scenarios if (case := one.by_route("gateway/msgpack"))]
    assert [case.calls > 0 and case.speed_up.estimate > 100 for case in proxied] == [True] * 3
    plain = judged(redact_and_digest())
    assert {key: one.fastest for key, one in judged(truth).items()} == {key: one.fastest for key, one in plain.items()}
    assert not any(one.route.startswith("gateway") for one in found.break_evens)


def test_verdicts_are_against_the_better_go_whichever_twin_it_is() -> None:
    truth = redact_and_digest()
    truth.times_ns["redact", 4_096, "native/original"] = truth.times_ns["redact", 4_096, "cgo/raw"]
    assert judged(truth)["redact", 4_096].fastest == "keep-go"


def test_improving_the_go_comes_first_where_the_profiled_go_is_far_from_the_better_one() -> None:
    found = judged(redact_and_digest())["redact", 4_096]
    assert found.go_first == pytest.approx(34, rel=0.05)
    assert judged(redact_and_digest())["digest", 4_096].go_first is None


def test_the_same_question_by_cpu_may_have_another_answer() -> None:
    """A call of the simulated driver burns all its time, the worker 10 µs more."""
    truth = redact_and_digest()
    truth.times_ns["redact", 65_536, "uds/msgpack"] = truth.times_ns["redact", 65_536, "native"] / 1.2 - 5_000
    del truth.times_ns["redact", 65_536, "cgo/raw"]
    by_time, by_cpu = (judged(truth, Policy(objective=one))["redact", 65_536] for one in ("latency", "cpu"))
    assert (by_time.objective, by_cpu.objective) == ("latency", "cpu")
    assert (by_time.cpu, by_cpu.cpu, by_cpu.fastest) == (by_cpu.fastest,) * 3
    assert by_cpu.ratio and by_time.ratio and by_cpu.ratio.estimate < by_time.ratio.estimate


def test_a_tail_bound_keeps_out_a_placement_whose_p99_is_over_it_and_says_so() -> None:
    """In the simulated calls a p99 is as far over the median by every route: 3.7 times faster is 3.7 times better."""
    within = judged(redact_and_digest(), Policy(tail_bound=1.0))["redact", 65_536]
    assert (within.fastest, within.tail) == ("inproc", "")
    assert within.p99_ratio == pytest.approx(1 / 3.7, rel=0.1)
    tailed = redact_and_digest(slow_calls={"cgo/raw": 20.0})
    over = judged(tailed, Policy(tail_bound=2.0))["redact", 65_536]
    assert over.fastest == "process"
    assert over.tail.startswith("inproc: its p99, 4.8×") and "is over your bound of 2×" in over.tail
    assert judged(tailed)["redact", 65_536].fastest == "inproc"


def test_what_would_flip_a_verdict_is_said_with_its_payload() -> None:
    found = concluded(redact_and_digest())
    large = next(one for one in found.verdicts if one.scenario.size_bytes == 65_536 and one.fastest == "inproc")
    sentences = found.flips(large)
    assert any(one.startswith("payloads under 5.9 KiB (") and one.endswith("(the sidecar)") for one in sentences)
    assert "crash isolation required: then process" in sentences
    assert "a Rust under 1.2× as fast as the Go (it is 3.7×)" in sentences


def test_a_kept_go_says_how_fast_the_rust_would_have_to_be() -> None:
    found = concluded(redact_and_digest())
    kept = next(one for one in found.verdicts if (one.scenario.kernel, one.scenario.size_bytes) == ("digest", 65_536))
    assert "a Rust 1.2× as fast as the Go (it is 1.0×)" in found.flips(kept)


def test_the_sidecar_of_redact_breaks_even_where_the_truth_says() -> None:
    fixed_ns, per_byte_ns = 48_000 + 200 / 3.7, 14.1
    found = sidecar(concluded(redact_and_digest()))
    for point, gain in ((found.point, 1.0), (found.pays, 1.2)):
        truth = (gain * fixed_ns - 200) / (per_byte_ns * (1 - gain / 3.7))
        assert point.low_bytes < truth < point.high_bytes
        assert point.size_bytes == pytest.approx(truth, rel=0.02)


def test_the_measured_speed_up_is_that_of_the_kernels_alone() -> None:
    found = {(one.kernel, one.size_bytes): one for one in concluded(redact_and_digest()).speed_ups}
    one = found["redact", 4_096]
    assert one.measured == pytest.approx(3.7, rel=0.01)
    assert one.low < 3.7 < one.high
    assert one.needed["inproc"].estimate == pytest.approx(1.2, abs=0.01)
    assert found["redact", 256].needed["process"].estimate == float("inf")


def test_the_interval_of_a_needed_speed_up_holds_its_truth() -> None:
    truth = 1 / (1 / 1.2 - 48_000 / (200 + 14.1 * 65_536))
    found = [needed(concluded(only_redact_64_kib(seed))) for seed in range(20)]
    assert sum(one.low < truth < one.high for one in found) >= 17
    assert all(one.estimate == pytest.approx(truth, rel=0.01) for one in found)


def needed(found: Findings) -> Needed:
    (one,) = found.speed_ups
    return one.needed["process"]


def only_redact_64_kib(seed: int) -> Truth:
    truth = redact_and_digest(seed=seed)
    truth.times_ns = {key: ns for key, ns in truth.times_ns.items() if key[:2] == ("redact", 65_536)}
    return truth


def test_the_line_of_a_chart_runs_through_what_was_measured() -> None:
    points = [one for one in concluded(redact_and_digest()).speed_ups if one.kernel == "redact"]
    for one in points:
        found = needed_at(points, "process", one.size_bytes, 0.2)
        assert found and found.estimate == pytest.approx(one.needed["process"].estimate, rel=0.01)
    between = [needed_at(points, "process", size, 0.2) for size in (8_192, 16_384, 32_768)]
    assert [one.low < one.estimate < one.high for one in between if one] == [True] * 3
    assert needed_at(points, "elsewhere", 4_096, 0.2) is None


def test_a_plan_can_ask_for_a_larger_gain_and_gateway_toml_for_another() -> None:
    run = simulate(redact_and_digest(), Path("simulated"))
    run.manifest.plan = replace(run.manifest.plan, minimum_gain=4.0)
    figures = summary.summarise(run)
    assert {one.fastest for one in verdict.verdicts(figures, run.manifest)} == {"keep-go"}
    run.manifest.policy = Policy(minimum_gain=0.2).as_json()
    assert "inproc" in {one.fastest for one in verdict.verdicts(figures, run.manifest)}


def test_a_route_that_was_left_out_at_large_payloads_does_not_speak_for_its_placement() -> None:
    truth = redact_and_digest()
    truth.times_ns |= {("redact", size, "uds/raw"): 49_000 + 4.0 * size for size in (256, 4_096, 65_536)}
    truth.times_ns |= {("redact", 1 << 20, "native"): 15e6, ("redact", 1 << 20, "uds/msgpack"): 4e6}
    found = sidecar(concluded(truth))
    assert (found.route, found.point.measured) == ("uds/msgpack", True)
