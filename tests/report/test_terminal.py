"""The ending on a terminal: its words, their order, and nothing that is not true now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.bench.findings import Findings, conclude
from gateway.commands import COMMANDS
from gateway.report import terminal
from tests.bench.simulated import Truth, redact_and_digest, simulate
from tests.report.rich import rich


def told(truth: Truth) -> Findings:
    return conclude(simulate(truth, Path("runs/one")))


@pytest.fixture(scope="module")
def ending() -> str:
    return terminal.ending(told(redact_and_digest()))


def line(ending: str, start: str) -> str:
    return next(one for one in ending.splitlines() if one.startswith(start))


def test_its_parts_come_in_the_order_of_the_questions_that_a_reader_asks(ending: str) -> None:
    labels = [
        "2 kernels",
        "can this run be trusted?",
        "kernel ",
        "improve the Go first",
        "break-even",
        "where a call goes",
        "would flip it",
        "not measured",
        "report",
        "yours",
        "again",
    ]
    places = [ending.index(f"\n{label}") if index else ending.index(label) for index, label in enumerate(labels)]
    assert places == sorted(places)


def test_a_row_has_go_both_placements_their_speed_ups_and_the_verdict(ending: str) -> None:
    row = line(ending, "redact   64 KiB")
    assert re.search(r"92\d µs +250 µs +3\.7× +29\d µs +3\.1× +inproc · with isolation: process$", row)


def test_a_kernel_that_stays_in_go_at_every_payload_takes_one_row(ending: str) -> None:
    assert len([one for one in ending.splitlines() if one.startswith("digest")]) == 1
    assert line(ending, "digest").endswith("keep-go")


def test_improving_the_go_is_said_with_the_share_that_needs_no_rust(ending: str) -> None:
    assert re.search(r"34 of the 12[45] times need no Rust", line(ending, "improve the Go first"))


def test_a_call_is_split_into_parts_that_add_up(ending: str) -> None:
    where = line(ending, "where a call goes")
    total = float(re.search(r"([\d.]+) µs:", where)[1])  # type: ignore[index]
    parts = [float(one) for one in re.findall(r"(?:wire|compute|rest|unexplained) ([\d.]+)", where)]
    assert len(parts) == 5
    assert sum(parts) == pytest.approx(total, rel=0.02)


def test_every_command_that_it_names_exists(ending: str) -> None:
    named = set(re.findall(r"gateway (\w+)", ending))
    assert named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"rounds": 10}, "too few rounds (10)"),
        ({"control_factor": 1.1}, "the A/A control differs from itself"),
        ({"disturbed_rounds": 20}, "20 of 50 rounds were disturbed"),
    ],
)
def test_a_run_without_an_answer_says_why_once_and_what_to_do(changed: dict[str, float], reason: str) -> None:
    ending = terminal.ending(told(redact_and_digest(**changed)))
    assert ending.count(reason) == 1
    assert "no verdicts: " in ending
    assert ending.count("inconclusive") == 6


def test_a_route_that_differs_is_named_in_the_trust_line() -> None:
    ending = terminal.ending(told(redact_and_digest(differing=frozenset({("digest", "uds/msgpack")}))))
    assert "differs: digest 256 B by uds/msgpack" in line(ending, "can this run be trusted?")


def test_an_interrupted_run_says_how_far_it_came() -> None:
    findings = told(redact_and_digest())
    findings.manifest.state, findings.manifest.took_s = "partial", None
    assert "partial: 50 of 50 rounds" in terminal.ending(findings)


def test_what_else_was_measured_takes_a_line_each() -> None:
    ending = terminal.ending(rich())
    assert re.search(r"redact 4 KiB by native: .*/s; p99 within 5 ms up to", line(ending, "knee"))
    assert "native 410 µs → 5.46 ms" in line(ending, "bystander")
    assert "uds/msgpack 1.1× · grpc-uds/protobuf 2.4× the time of a bare echo" in line(ending, "floor")
    assert "stamps +900 ns" in line(ending, "tracing costs")
    assert "its slow calls (p99, " in ending


def test_a_free_placement_and_what_was_not_reached_are_told() -> None:
    findings = told(redact_and_digest())
    findings.manifest.placement, findings.manifest.bimodal = "free", ["redact 4 KiB by uds/msgpack"]
    findings.manifest.ended, findings.manifest.not_reached = "time budget", ["a precision of 2 %"]
    ending = terminal.ending(findings)
    assert line(ending, "placement").endswith("free; bimodal: redact 4 KiB by uds/msgpack")
    assert line(ending, "not reached").endswith("ended by time budget after 50 rounds")
    assert "a precision of 2 %" in ending


def test_kernels_that_price_the_boundary_get_no_verdict() -> None:
    assert line(terminal.ending(rich()), "echo").endswith("– (it prices the boundary)")
