"""The four lights: what is green was shown, what could not be shown is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateway.bench.findings import Findings, conclude
from gateway.report import trust
from tests.bench.simulated import redact_and_digest, simulate


def with_control(low: float, high: float) -> Findings:
    found = conclude(simulate(redact_and_digest(), Path("runs/one")))
    control = replace(found.summary.control, estimate=(low + high) / 2, low=low, high=high)
    return replace(found, summary=replace(found.summary, control=control))


def test_a_control_that_shows_no_difference_is_green() -> None:
    light = trust.lights(with_control(0.98, 1.02))[0]
    assert (light.colour, light.text) == (trust.GREEN, "no difference (+0.0 % ±2.0)")


def test_a_control_too_noisy_to_show_a_difference_that_would_turn_a_verdict_is_not_green() -> None:
    light = trust.lights(with_control(0.7, 1.9))[0]
    assert (light.colour, light.text) == (trust.GREY, "too noisy to tell (+30.0 % ±60.0)")


def test_a_control_that_differs_is_red() -> None:
    light = trust.lights(with_control(1.05, 1.15))[0]
    assert (light.colour, light.text) == (trust.RED, "a difference (+10.0 % ±5.0)")
