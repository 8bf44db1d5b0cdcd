"""A case is warm when its last blocks agree and do not all get faster; it never takes more than its most blocks."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.bench.warmup import MOST_BLOCKS, WINDOW, WarmUp


def warmed(times_ns: list[float]) -> WarmUp:
    """Feed blocks as long as the warm-up asks for them."""
    warm_up = WarmUp()
    for time_ns in times_ns:
        if warm_up.ended:
            break
        warm_up.add(time_ns, took_ns=1_000)
    return warm_up


@pytest.mark.parametrize(
    ("times_ns", "blocks", "steady"),
    [
        ([100.0] * 20, WINDOW, True),
        ([100, 101, 99, 100, 102], WINDOW, True),
        ([900, 300, 120, 100, 101, 99, 100, 101], 8, True),
        ([100 - step for step in range(20)], MOST_BLOCKS, False),
        ([100, 150] * 10, MOST_BLOCKS, False),
        ([0.0] * 20, MOST_BLOCKS, False),
        ([100.0] * 4, 4, False),
    ],
)
def test_it_ends_with_the_first_blocks_that_agree_and_show_no_descent(
    times_ns: list[float], blocks: int, steady: bool
) -> None:
    found = warmed(times_ns)
    assert (len(found.times_ns), found.steady) == (blocks, steady)


def test_its_note_says_what_it_took_and_whether_it_became_steady() -> None:
    assert warmed([100.0] * 9).note(3) == {"case": 3, "blocks": WINDOW, "ns": 5_000, "steady": True}


def test_noise_of_three_per_cent_is_steady_soon_and_of_twenty_per_cent_mostly_not() -> None:
    rng = np.random.default_rng(5)

    def share(noise: float) -> float:
        return float(np.mean([warmed((100 * np.exp(rng.normal(0, noise, 20))).tolist()).steady for _ in range(300)]))

    assert share(0.03) > 0.99
    assert share(0.2) < 0.2
