"""Stamps become stages, and what no stage explains stays visible."""

from __future__ import annotations

import pytest

from gateway.gen.bench.v1 import driver_pb2
from gateway.traces import stages, waterfall

NAMES = ["lag", "encode", "request_wire", "decode", "queue", "compute", "reply_encode", "reply_wire", "reply_decode"]
STAMPS = {f"t{number}": 1_000 + 100 * number for number in range(11)}
HOP = {"p0": 1_230, "p1": 1_260, "p2": 1_850, "p3": 1_880}
SPLIT = [
    "lag",
    "encode",
    "request_wire_in",
    "request_proxy",
    "request_wire_out",
    "decode",
    "queue",
    "compute",
    "reply_encode",
    "reply_wire_in",
    "reply_proxy",
    "reply_wire_out",
    "reply_decode",
]
LABELS_WIDTH = 38


def call(total_ns: float = 1_000.0, **changed: int) -> stages.CallStages:
    return stages.from_stamps({**STAMPS, **changed}, total_ns)


def test_every_stage_of_the_contract_appears_once_and_in_order() -> None:
    assert [stage.name for stage in call().stages] == NAMES


def test_stages_follow_one_another_without_a_gap() -> None:
    ends = [stage.offset_ns + stage.duration_ns for stage in call().stages]
    assert [stage.offset_ns for stage in call().stages] == [0, *ends[:-1]]


def test_the_residual_is_the_total_minus_the_stages() -> None:
    assert call(total_ns=1_250.0).residual_ns == pytest.approx(250.0)


def test_a_stage_without_both_stamps_is_left_out_and_falls_into_the_residual() -> None:
    stampless = call(t5=0)
    assert [stage.name for stage in stampless.stages if stage.name in ("decode", "queue")] == []
    assert stampless.residual_ns == pytest.approx(200.0)


def test_a_record_of_the_driver_becomes_stages() -> None:
    records = driver_pb2.Records(
        total_ns=[1.0, 900.0],
        **{f"t{number}_ns": [1, 5_000 + 10 * number] for number in range(1, 11)},
    )
    taken = stages.from_record(records, 1)
    assert [stage.name for stage in taken.stages] == NAMES[1:]
    assert taken.written_ns == 20
    assert taken.residual_ns == pytest.approx(900.0 - 90.0)


def test_the_waterfall_names_each_stage_and_keeps_to_its_width() -> None:
    text = waterfall.render(call(), width=72)
    assert [line.split()[0] for line in text.splitlines()] == [*NAMES, "unexplained", "total"]
    assert max(map(len, text.splitlines())) <= 72


def test_a_hop_splits_both_wires_and_explains_as_much_as_they_did() -> None:
    proxied = call(**HOP)
    assert [stage.name for stage in proxied.stages] == SPLIT
    ends = [stage.offset_ns + stage.duration_ns for stage in proxied.stages]
    assert [stage.offset_ns for stage in proxied.stages] == [0, *ends[:-1]]
    assert proxied.residual_ns == pytest.approx(call().residual_ns)


def test_a_hop_that_is_not_whole_leaves_its_wire_in_one_piece() -> None:
    assert [stage.name for stage in call(**{**HOP, "p3": 0}).stages if stage.name.startswith("reply_")] == [
        "reply_encode",
        "reply_wire",
        "reply_decode",
    ]


def test_a_record_with_a_hop_becomes_stages_with_the_wires_split() -> None:
    columns = {f"{name}_ns": [value] for name, value in {**STAMPS, **HOP}.items()}
    assert [stage.name for stage in stages.from_record(driver_pb2.Records(total_ns=[1.0], **columns)).stages] == SPLIT


def test_a_bar_begins_where_the_one_before_it_ends() -> None:
    lines = waterfall.render(call(), width=LABELS_WIDTH + 100).splitlines()
    starts = [len(line[LABELS_WIDTH:]) - len(line[LABELS_WIDTH:].lstrip()) for line in lines[:9]]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert starts[-1] == 90
