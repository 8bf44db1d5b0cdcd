"""Every placement gets the same CPUs in total."""

from __future__ import annotations

import pytest

from gateway.bench.placement import FREE, SAME, SPLIT, cpu_sets
from gateway.errors import Refusal


@pytest.mark.parametrize("placement", ["native", "inproc", "process"])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_driver_and_worker_together_have_every_cpu(placement: str, count: int) -> None:
    cpus = frozenset(range(4, 4 + count))
    sets = cpu_sets(placement, cpus)
    assert sets.driver | sets.worker == cpus


def test_a_process_of_its_own_takes_its_half_from_the_driver() -> None:
    sets = cpu_sets("process", frozenset({0, 1, 2}))
    assert (sets.driver, sets.worker) == ({0}, {1, 2})
    assert sets.gomaxprocs == 1


def test_in_process_the_driver_has_them_all() -> None:
    assert cpu_sets("inproc", frozenset({0, 1})).gomaxprocs == 2


@pytest.mark.parametrize("policy", [SPLIT, SAME, FREE])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_placement_of_a_policy_gets_the_same_cpus_in_total(policy: str, count: int) -> None:
    sets = [cpu_sets(placement, frozenset(range(count)), policy) for placement in ("native", "inproc", "process")]
    assert len({one.driver | one.worker for one in sets}) == 1


def test_the_same_is_one_cpu_for_caller_and_worker_and_for_go() -> None:
    for placement in ("native", "process"):
        sets = cpu_sets(placement, frozenset({2, 5}), SAME)
        assert (sets.driver, sets.worker, sets.gomaxprocs) == ({2}, {2}, 1)


def test_free_pins_nothing() -> None:
    sets = cpu_sets("process", frozenset({0, 1}), FREE)
    assert sets.driver == sets.worker == {0, 1}


def test_no_cpu_is_refused() -> None:
    with pytest.raises(Refusal, match="no CPU"):
        cpu_sets("native", frozenset())
