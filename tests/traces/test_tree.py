"""A trace is a whole tree or its defect is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.traces import stages, tree
from gateway.traces.spans import Span
from gateway.wire.lists_generated import ATTRIBUTE_KERNEL, ATTRIBUTE_STAGE

ROOT = Span("t", "a", "", "Redact", "driver", "client", 0, 100_000, {})
SERVER = Span("t", "b", "a", "Redact", "worker", "server", 20_000, 80_000, {})
COMPUTE = Span("t", "c", "b", "compute", "worker", "internal", 30_000, 60_000, {ATTRIBUTE_STAGE: "compute"})
WHOLE = [ROOT, SERVER, COMPUTE]
CALL = stages.CallStages((stages.StageTime("compute", 30_000, 30_000),), 100_000)


def test_a_whole_tree_has_no_defect() -> None:
    assert tree.defects(WHOLE) == []


@pytest.mark.parametrize(
    ("spans", "defect"),
    [
        ([], "no span"),
        ([*WHOLE, replace(COMPUTE, trace_id="u", span_id="d")], "2 trace ids"),
        ([*WHOLE, COMPUTE], "used twice"),
        ([ROOT, replace(SERVER, parent_id="")], "2 roots"),
        ([ROOT, replace(SERVER, parent_id="x")], "its parent x is not in the trace"),
        ([ROOT, replace(SERVER, end_ns=102_000)], "outside of its parent"),
        ([ROOT, replace(SERVER, start_ns=90_000)], "outside of its parent"),
    ],
)
def test_a_defect_is_named(spans: list[Span], defect: str) -> None:
    assert any(defect in one for one in tree.defects(spans))


def test_a_tree_below_a_caller_who_exports_elsewhere_is_whole() -> None:
    below = [replace(ROOT, parent_id="z"), SERVER, COMPUTE]
    assert tree.caller_of(below) == "z"
    assert tree.defects(below, "z") == []
    assert tree.defects(below) != []


def test_of_two_trees_none_has_a_caller() -> None:
    two = [replace(ROOT, parent_id="z"), replace(SERVER, parent_id="y")]
    assert tree.caller_of(two) == ""


def test_a_stage_that_begins_before_the_one_that_it_follows_ends_is_named() -> None:
    queue = replace(COMPUTE, span_id="q", attributes={ATTRIBUTE_STAGE: "queue"}, start_ns=25_000, end_ns=35_000)
    (defect,) = tree.defects([*WHOLE, queue])
    assert defect == "compute of worker begins before queue of worker ends"
    assert tree.defects([*WHOLE, replace(queue, end_ns=30_000)]) == []


def test_the_stages_of_two_calls_in_one_trace_are_not_mixed() -> None:
    kernel = {ATTRIBUTE_KERNEL: "redact"}
    outer = replace(ROOT, span_id="o", kind="server")
    calls = [replace(ROOT, span_id=name, parent_id="o", attributes=kernel, name=name) for name in ("one", "two")]
    late = replace(COMPUTE, span_id="c1", parent_id="one", attributes={ATTRIBUTE_STAGE: "encode"})
    early = replace(COMPUTE, span_id="c2", parent_id="two")
    assert tree.defects([outer, *calls, late, early]) == []


def test_what_takes_no_time_stands_before_what_begins_where_it_ends() -> None:
    queue = replace(COMPUTE, span_id="q", end_ns=COMPUTE.start_ns, attributes={ATTRIBUTE_STAGE: "queue"})
    assert [span.stage for span, _ in tree.in_order([*WHOLE, queue])] == ["", "", "queue", "compute"]


def test_spans_are_told_child_behind_parent_with_their_depth() -> None:
    late = replace(COMPUTE, span_id="e", start_ns=70_000, end_ns=75_000)
    sibling = replace(SERVER, span_id="f", start_ns=85_000, end_ns=90_000)
    told = tree.in_order([sibling, late, COMPUTE, SERVER, ROOT])
    assert [(span.span_id, depth) for span, depth in told] == [("a", 0), ("b", 1), ("c", 2), ("e", 2), ("f", 1)]


def test_a_loop_of_parents_does_not_hang() -> None:
    assert tree.in_order([replace(ROOT, parent_id="b"), replace(SERVER, parent_id="a")]) == []


def test_spans_that_agree_with_the_stamps_are_silent() -> None:
    assert tree.disagreements(WHOLE, CALL) == []


def test_a_process_that_knows_of_no_hop_tells_the_whole_wire() -> None:
    parts = (stages.StageTime(name, 0, 10_000) for name in ("request_wire_in", "request_proxy", "request_wire_out"))
    wire = replace(COMPUTE, attributes={ATTRIBUTE_STAGE: "request_wire"})
    assert tree.disagreements([wire], stages.CallStages(tuple(parts), 100_000)) == []
    one = stages.CallStages((stages.StageTime("request_wire_in", 0, 10_000),), 100_000)
    assert len(tree.disagreements([wire], one)) == 1


@pytest.mark.parametrize("changed", [{"end_ns": 62_000}, {"attributes": {ATTRIBUTE_STAGE: "queue"}}])
def test_a_stage_that_a_process_times_differently_is_named(changed: dict[str, object]) -> None:
    (sentence,) = tree.disagreements([replace(COMPUTE, **changed)], CALL)  # type: ignore[arg-type]
    assert "worker says" in sentence
