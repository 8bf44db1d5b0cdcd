"""Verify before measuring: which cases of a plan give the right bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.manifest import DIFFERS, IDENTICAL
from gateway.gen.bench.v1 import driver_pb2
from gateway.verify import run, vectors
from gateway.verify.outcome import Answer, Outcome, difference
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Case, Plan, Scenario

_CALLERS, _REPEATS, _TIMEOUT_NS = 4, 2, 30_000_000_000


def agreement(bed: Bed, plan: Plan, say: Callable[[str], None]) -> tuple[list[str], list[str]]:
    """Return for each case `identical` or `differs`, and a sentence for each case that differs.

    A route must answer the kernel's golden vectors right, and every request of the scenario as `native` does; several
    calls at once and more than one each.
    """
    found = _by_vectors(bed, plan, say)
    for scenario in plan.scenarios:
        if (scenario, NATIVE) in found:  # nothing to compare the others with
            continue
        routes = list(dict.fromkeys(case.route for case in plan.cases if case.scenario == scenario))
        say(scenario.name)
        for route, text in _differences(bed, scenario, routes).items():
            found.setdefault((scenario, route), text)
    labels = [DIFFERS if found.get((case.scenario, case.route)) else IDENTICAL for case in plan.cases]
    return labels, [_sentence(case, text) for case in plan.cases if (text := _difference(case, found))]


def _by_vectors(bed: Bed, plan: Plan, say: Callable[[str], None]) -> dict[tuple[Scenario, str], str]:
    """Return each case's first wrong answer to a golden vector; nothing where no checkout has vectors."""
    if not vectors.FOLDER.is_dir():
        return {}
    names = dict.fromkeys(scenario.kernel for scenario in plan.scenarios)
    routes = list(dict.fromkeys(case.route for case in plan.cases))
    failed = run.by_vectors(bed.session, vectors.read(names), routes, say).failed
    wrong = {(one.kernel, one.route): f"vector {one.request}: {one.difference}" for one in reversed(failed)}
    cases = {(case.scenario, case.route): (case.scenario.kernel, case.route) for case in plan.cases}
    return {case: wrong[pair] for case, pair in cases.items() if pair in wrong}


def _differences(bed: Bed, scenario: Scenario, routes: Sequence[str]) -> dict[str, str]:
    """Return each route's first difference from native, empty where there is none."""
    expected = _answers(bed, scenario, NATIVE)
    unsteady = next(
        (index for index, answer in expected.items() if answer.outcomes != 1 or answer.outcome.status), None
    )
    if unsteady is not None:
        return dict.fromkeys(routes, f"{NATIVE} itself gives no single answer to request {unsteady}")
    return {route: _first_difference(expected, _answers(bed, scenario, route)) for route in routes if route != NATIVE}


def _first_difference(expected: dict[int, Answer], got: dict[int, Answer]) -> str:
    for index, right in expected.items():
        text = difference(right.outcome, got.get(index))
        if text:
            return f"request {index}: {text}"
    return ""


def _answers(bed: Bed, scenario: Scenario, route: str) -> dict[int, Answer]:
    request = driver_pb2.AnswerRequest(
        scenario=scenario.name, route=route, callers=_CALLERS, repeats=_REPEATS, timeout_ns=_TIMEOUT_NS
    )
    return {
        one.index: Answer(Outcome(one.response, one.status, one.reason), one.outcomes, one.message)
        for one in bed.session.driver.Answer(request)
    }


def _difference(case: Case, found: dict[tuple[Scenario, str], str]) -> str:
    return "" if case.control else found.get((case.scenario, case.route), "")


def _sentence(case: Case, text: str) -> str:
    return f"{case.name} differs, so it gets no verdict: {text}"
