"""`gateway call`: where one call's time went."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.wire import kernels
from gateway.wire.lists_generated import HOP_STAGES, STAGES
from gateway.wire.routes import ROUTES, is_proxied, processes_of
from tests.running import gateway


def called(*arguments: str, plant: str = "") -> dict[str, Any]:
    ended = gateway("call", *arguments, "--json", plant=plant)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("route", ROUTES)
def test_no_stage_of_any_route_is_negative(route: str):
    story = called("redact", "--route", route, "--count", "200")
    assert story["status"] == 0
    assert all(duration >= 0 for duration in story["stages_ns"].values()), story
    assert "compute" in story["stages_ns"] or route.startswith("native")


EXPLAINED = [
    "uds/msgpack",
    "uds/raw",
    "uds/protobuf",
    "grpc-uds/protobuf",
    "grpc-stream/msgpack",
    "gateway/msgpack",
    "gateway-unary/protobuf",
]


@pytest.mark.parametrize("route", EXPLAINED)
def test_the_stages_explain_a_call_at_4_kib(route: str):
    story = called("redact", "--route", route, "--size", "4KiB", "--count", "1000")
    assert abs(story["residual_ns"]) <= max(5_000, 0.05 * story["total_ns"]), story


@pytest.mark.parametrize("route", [route for route in ROUTES if is_proxied(route)])
def test_through_the_proxy_each_wire_is_told_in_three_parts(route: str):
    story = called("redact", "--route", route, "--count", "50")
    assert {part.name for part in HOP_STAGES} <= set(story["stages_ns"])
    assert not {part.of for part in HOP_STAGES} & set(story["stages_ns"])
    assert story["stages_ns"]["request_proxy"] > 0
    assert story["stages_ns"]["reply_proxy"] > 0


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
@pytest.mark.parametrize("route", ["cgo/raw", "uds/msgpack", "grpc-uds/protobuf"])
def test_a_planted_delay_shows_in_its_stage_and_in_no_other(route: str, stage: str):
    # 8 ms stand out of what a busy machine adds to a wire.
    story = called("redact", "--route", route, "--count", "10", plant=f"delay:{stage}:8000000")
    late = [name for name, duration in story["stages_ns"].items() if duration >= 6_000_000]
    assert late == [stage], story
    assert abs(story["residual_ns"]) < 1_000_000


@pytest.mark.parametrize("kernel", kernels.NAMES)
def test_every_kernel_can_be_called_and_drawn(kernel: str):
    ended = gateway("call", kernel, "--route", "uds/msgpack")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{kernel} by uds/msgpack\n")
    assert "compute" in ended.stdout
    assert "unexplained" in ended.stdout


def test_the_beginning_of_a_route_calls_each():
    ended = gateway("call", "echo", "--route", "uds", "--json")
    assert [json.loads(line)["route"] for line in ended.stdout.splitlines()] == [
        "uds/protobuf",
        "uds/msgpack",
        "uds/raw",
    ]


def test_bytes_of_the_input_are_shown_only_when_asked_for(tmp_path: Path):
    file = tmp_path / "secret.log"
    file.write_bytes(b"harmless words stay")
    quiet = gateway("call", "redact", "--route", "uds/raw", "--in", str(file))
    assert "harmless" not in quiet.stdout + quiet.stderr
    assert (
        "harmless words stay"
        in gateway("call", "redact", "--route", "uds/raw", "--in", str(file), "--show-bytes").stdout
    )


def test_an_input_over_the_limit_is_refused_with_the_way_out(tmp_path: Path):
    file = tmp_path / "big.log"
    file.write_bytes(b"x" * ((4 << 20) + 1))
    ended = gateway("call", "redact", "--route", "uds/raw", "--in", str(file))
    assert ended.returncode == 2
    assert "a message 4194304 at most: add --size 4MiB" in ended.stderr


def test_a_route_that_the_kernel_does_not_have_is_refused():
    ended = gateway("call", "digest", "--route", "native/original")
    assert ended.returncode == 2
    assert ended.stderr.startswith("gateway: digest cannot be called by native/original: ")


def test_a_program_that_is_no_worker_is_named():
    ended = gateway("--worker", "/bin/false", "call", "echo", "--route", "native")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("gateway: worker ended with exit code 1 before it was ready")


@pytest.mark.parametrize(
    "route",
    [
        "uds/msgpack",
        "uds/raw",
        "grpc-uds/protobuf",
        "grpc-tcp/protobuf",
        "grpc-stream/raw",
        "gateway/msgpack",
        "gateway-unary/protobuf",
    ],
)
def test_with_the_sampled_flag_the_spans_are_one_tree_and_agree_with_the_receipt(route: str):
    story = called("redact", "--route", route, "--sampled")
    assert story["defects"] == []
    assert {span["trace_id"] for span in story["spans"]} == {story["trace_id"]}
    services = {span["service"] for span in story["spans"]}
    assert len(services) == processes_of(route), services
    assert not any(span["attributes"].get("boundary.reconstructed") for span in story["spans"])


@pytest.mark.parametrize("route", ["gateway/msgpack", "gateway-unary/protobuf"])
def test_the_proxy_s_spans_stand_between_the_caller_s_and_the_worker_s(route: str):
    story = called("redact", "--route", route, "--sampled")
    (caller,) = [span for span in story["spans"] if span["kind"] == "client" and not span["parent_id"]]
    servers = {span["service"]: span for span in story["spans"] if span["kind"] == "server"}
    proxy, worker = servers["sidecar-gateway"], servers["sidecar-worker"]
    (behind,) = [span for span in story["spans"] if span["kind"] == "client" and span["parent_id"]]
    above = (proxy["parent_id"], behind["parent_id"], worker["parent_id"])
    assert above == (caller["span_id"], proxy["span_id"], behind["span_id"])
    # The caller draws the proxy's parts by the hop's stamps: its span begins with p0 and ends after p2, reply in hand.
    hop = {span["name"]: span for span in story["spans"]}
    assert abs(proxy["start_ns"] - hop["request_proxy"]["start_ns"]) <= 2_000, story
    assert hop["reply_proxy"]["start_ns"] - 2_000 <= proxy["end_ns"] <= hop["reply_proxy"]["end_ns"] + 2_000, story
