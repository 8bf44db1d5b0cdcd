"""Can a run be trusted? Its control, rounds, bytes, and Go's own benchmark, in words and as four lights. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.bench.manifest import COMPLETE, DIFFERS
from gateway.bench.verdict import MAX_DISTURBED_SHARE, control_failed
from gateway.report.quantities import signed_percent

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.summary import Summary

GREEN, RED, GREY = "green", "red", "grey"
AGREES_WITHIN = 0.05


@dataclass(frozen=True, slots=True)
class Light:
    """One of the four lights: its colour, what it stands for, and what was found."""

    colour: str
    name: str
    text: str


def lights(findings: Findings) -> list[Light]:
    """Return the four lights of the first screen."""
    summary = findings.summary
    same = all(one != DIFFERS for one in findings.manifest.agreement)
    return [
        Light(_control_colour(findings), "A/A control", control(findings)),
        Light(_rounds_colour(summary), "Rounds undisturbed", disturbed(summary)),
        Light(GREEN if same else RED, "Bytes identical", agreement(findings)),
        Light(_go_test_colour(findings), "Agrees with go test", go_test(findings)),
    ]


def doubt(findings: Findings) -> str:
    """Return why the headline is not to be relied on; empty when it is."""
    manifest = findings.manifest
    if manifest.state != COMPLETE:
        return f"interrupted: {findings.summary.rounds} of {manifest.plan.rounds} rounds were measured"
    return findings.distrust or next((f"{one.name}: {one.text}" for one in lights(findings) if one.colour == RED), "")


def remedy(findings: Findings) -> str:
    """What to do about a run that cannot be trusted."""
    if "too few rounds" in findings.distrust:
        return "Run a plan with more rounds to its end."
    return "Stop other programs, or take a quieter machine, and run it again."


def control(findings: Findings) -> str:
    """`no difference (+0.3 % ±1.1)`, or why there is no answer."""
    found = findings.summary.control
    half = found.half_width
    if half is None:
        return "too few rounds"
    seen = f"{signed_percent(found.estimate - 1)} ±{half * 100:.1f}"
    if not found.excludes(1.0):
        return f"too noisy to tell ({seen})" if _blind(findings) else f"no difference ({seen})"
    return f"no difference that matters ({seen})" if _honest(findings) else f"a difference ({seen})"


def agreement(findings: Findings) -> str:
    """Whether every measured route gave the same bytes."""
    cases = [*(case for one in findings.summary.scenarios for case in one.cases), *findings.summary.composed]
    differing = [one.case.name for one in cases if one.agreement == DIFFERS]
    more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
    return f"differs: {differing[0]}{more}" if differing else "all routes give the same bytes"


def go_test(findings: Findings) -> str:
    """`native = go test -bench within 2 % (digest)`, or what it is instead."""
    found = findings.manifest.go_test
    if "difference" not in found:
        return f"not compared: {found.get('why', 'the run was interrupted')}"
    difference = found["difference"]
    if abs(difference) <= AGREES_WITHIN:
        return f"native = go test -bench within {max(1, math.ceil(abs(difference) * 100))} % ({found['kernel']})"
    return f"native takes {signed_percent(difference, 0)} beside go test -bench ({found['kernel']})"


def disturbed(summary: Summary) -> str:
    """`0 of 20 rounds disturbed`."""
    return f"{summary.disturbed_rounds} of {summary.rounds} rounds disturbed"


def _honest(findings: Findings) -> bool:
    return findings.summary.control.carried and not control_failed(findings.summary, findings.policy)


def _blind(findings: Findings) -> bool:
    """Whether even a difference as large as the minimal gain would not have been seen."""
    half = findings.summary.control.half_width
    return half is not None and half >= findings.policy.minimum_gain


def _control_colour(findings: Findings) -> str:
    return RED if not _honest(findings) else GREY if _blind(findings) else GREEN


def _rounds_colour(summary: Summary) -> str:
    return RED if summary.disturbed_rounds > MAX_DISTURBED_SHARE * summary.rounds else GREEN


def _go_test_colour(findings: Findings) -> str:
    difference = findings.manifest.go_test.get("difference")
    return GREY if difference is None else GREEN if abs(difference) <= AGREES_WITHIN else RED
