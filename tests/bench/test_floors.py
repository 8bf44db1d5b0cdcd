"""Which echo written by hand a case is held to, and how far above it lies."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench import floors
from gateway.bench.plan import Case, Plan, Scenario
from tests.bench.made import plan

NAMES = ("bare-uds", "multiplexed-uds", "bare-cgo", "default-grpc")


def beside(*, callers: int, kernel: str, route: str) -> Plan:
    """A plan with a case, and with every reference at 4 KiB for 1 and for 64 callers behind it."""
    references = [Case(Scenario("echo", 4_096, number), f"reference/{name}") for number in (1, 64) for name in NAMES]
    return plan(Case(Scenario(kernel, 4_096, callers), route), *references)


def times(made: Plan) -> np.ndarray:
    """The case takes 3 µs, a reference 1 µs and more the later it stands in the plan."""
    rounds = np.ones((len(made.cases), 30))
    return rounds * np.array([3_000.0, *(1_000.0 + 10 * place for place in range(len(made.cases) - 1))])[:, None]


@pytest.mark.parametrize(
    ("route", "callers", "floor", "reference"),
    [
        ("uds/msgpack", 1, "bare-uds", "bare-uds"),
        ("uds/msgpack", 64, "bare-uds", "multiplexed-uds"),
        ("grpc-uds/protobuf", 1, "bare-uds", "default-grpc"),
        ("grpc-tcp/protobuf", 64, "bare-uds", "default-grpc"),
        ("cgo/raw", 1, "bare-cgo", "bare-cgo"),
        ("native", 1, None, None),
    ],
)
def test_a_route_is_held_to_the_least_of_its_placement_and_to_the_hand_written_of_its_channel(
    route: str, callers: int, floor: str | None, reference: str | None
) -> None:
    made = beside(callers=callers, kernel="echo", route=route)
    found = floors.floor(0, made, times(made)), floors.reference(0, made, times(made))
    assert tuple(one.reference if one else None for one in found) == (floor, reference)


def test_the_ratio_is_to_the_reference_of_the_same_size_and_callers() -> None:
    made = beside(callers=64, kernel="redact", route="uds/msgpack")
    found = floors.reference(0, made, times(made))
    assert found is not None
    assert found.ratio.estimate == pytest.approx(3_000 / 1_050)


def test_without_that_size_or_load_there_is_no_floor() -> None:
    made = beside(callers=16, kernel="echo", route="uds/msgpack")
    assert floors.floor(0, made, times(made)) is None


def test_a_reference_has_no_floor_of_its_own() -> None:
    made = beside(callers=1, kernel="echo", route="uds/msgpack")
    assert floors.floor(1, made, times(made)) is None
