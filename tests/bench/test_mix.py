"""A mix has the sizes of the input's own lines."""

from __future__ import annotations

from pathlib import Path

from gateway.bench import mix, plan, plan_file, requests
from gateway.inputs.sizes import LIMIT_BYTES
from gateway.wire import kernels
from tests.bench.test_plan import parsed

SHORT, LONG = b"a\n", b"b" * 999 + b"\n"
TEXT = (SHORT * 3 + LONG) * 500


def test_lines_are_drawn_as_often_as_they_occur() -> None:
    held = mix.payloads(TEXT, seed=1)
    assert len(held) == mix.MOST
    assert set(held) == {SHORT, LONG}
    assert 0.2 < held.count(LONG) / len(held) < 0.3


def test_the_same_seed_draws_the_same_lines() -> None:
    assert mix.payloads(TEXT, 1) == mix.payloads(TEXT, 1) != mix.payloads(TEXT, 2)


def test_lines_over_the_contracts_limit_are_left_out_and_one_that_has_no_end_is_cut() -> None:
    assert mix.payloads(SHORT + b"c" * (LIMIT_BYTES + 1), 1) == [SHORT]
    assert [len(one) for one in mix.payloads(b"c" * (LIMIT_BYTES + 5), 1)] == [LIMIT_BYTES]


def test_long_lines_are_drawn_only_as_far_as_memory_allows() -> None:
    held = mix.payloads((b"d" * (1 << 20) + b"\n") * 20, 1)
    assert 1 <= sum(map(len, held)) <= 8 << 20


def test_a_scenario_with_a_mix_is_named_by_its_mean_and_has_requests_of_those_sizes() -> None:
    inputs = requests.Inputs(requests.Input(TEXT, Path("own.log"), 7))
    table = {"kernel": "redact", "mix": True, "routes": ["native", "uds/msgpack"]}
    found = mix.sized(parsed(scenarios=[table]), inputs)
    (scenario,) = found.scenarios
    assert scenario.mix
    assert scenario.name == f"redact mix (mean {scenario.size_bytes} B)"
    assert 200 < scenario.size_bytes < 310
    sent = requests.requests(scenario, inputs.common)
    messages = [kernels.request_type("redact").FromString(one) for one in sent]
    sizes = [len(getattr(one, kernels.bytes_field(one))) for one in messages]
    assert set(sizes) == {len(SHORT), len(LONG)}
    assert round(sum(sizes) / len(sizes)) == scenario.size_bytes


def test_a_wish_for_the_mix_replaces_sizes_and_leaves_a_kernel_of_one_size_alone() -> None:
    tables = [
        {"kernel": "redact", "sizes": ["4KiB"], "routes": ["native"]},
        {"kernel": "topk", "sizes": ["384 B"], "routes": ["native"]},
    ]
    found = plan_file.parse({**_timing(), "scenarios": tables}, "p", plan.Wishes(mix=True), 1)
    assert [(one.kernel, one.mix) for one in found.scenarios] == [("redact", True), ("topk", False)]


def _timing() -> dict[str, object]:
    from tests.bench.test_plan import SMALL

    return {key: value for key, value in SMALL.items() if key != "scenarios"}
