"""Verify before measuring: which cases of a plan give the right bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.manifest import DIFFERS, IDENTICAL
from gateway.gen.bench.v1 import driver_pb2
from gateway.verify import judge, run, vectors
from gateway.verify.outcome import Answer, Outcome
from gateway.wire.kernels import NAMES
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.bench.bed import Bed
    from gateway.bench.plan import Case, Plan, Scenario
    from gateway.project import Project
    from gateway.supervise.rpc import Driven
    from gateway.verify.judge import Asked, Comparers

    Found = dict[tuple[Scenario, str], str]

_CALLERS, _REPEATS, _TIMEOUT_NS = 4, 2, 30_000_000_000


def agreement(
    bed: Bed, plan: Plan, say: Callable[[str], None], project: Project | None = None
) -> tuple[list[str], list[str]]:
    """Return for each case `identical` or `differs`, and a sentence for each case that differs.

    A route must answer the kernel's golden vectors right, and every request of the scenario as `native` does; several
    calls at once and more than one each. References are held to the lengths by their own clients.
    """
    comparers, found = judge.comparers(bed.describe().kernels, project), {}
    for target in dict.fromkeys(case.target for case in plan.cases):
        mine = [case for case in plan.cases if case.target == target]
        found[target] = _found(bed.driven(target), mine, say, project, comparers)
    labels = [DIFFERS if found[case.target].get((case.scenario, case.route)) else IDENTICAL for case in plan.cases]
    return labels, [_sentence(case, text) for case in plan.cases if (text := _difference(case, found[case.target]))]


def _found(
    driven: Driven, cases: Sequence[Case], say: Callable[[str], None], project: Project | None, comparers: Comparers
) -> Found:
    """Return the first difference of each case of one target that has any."""
    found = _by_vectors(driven, cases, say, project, comparers)
    for scenario in dict.fromkeys(case.scenario for case in cases):
        if (scenario, NATIVE) in found:  # nothing to compare the others with
            continue
        routes = _routes(case for case in cases if case.scenario == scenario)
        say(scenario.name)
        for route, text in _differences(driven, scenario, routes, comparers).items():
            found.setdefault((scenario, route), text)
    return found


def _by_vectors(
    driven: Driven, cases: Sequence[Case], say: Callable[[str], None], project: Project | None, comparers: Comparers
) -> Found:
    """Return each case's first wrong answer to a golden vector; nothing where no checkout or project has vectors."""
    names = dict.fromkeys(case.scenario.kernel for case in cases)
    known = [vector for name in names for vector in _vectors(name, project)]
    failed = run.by_vectors(driven, known, _routes(cases), say, comparers).failed
    wrong = {(one.kernel, one.route): f"vector {one.request}: {one.difference}" for one in reversed(failed)}
    pairs = {(case.scenario, case.route): (case.scenario.kernel, case.route) for case in cases}
    return {case: wrong[pair] for case, pair in pairs.items() if pair in wrong}


def _routes(cases: Iterable[Case]) -> list[str]:
    return list(dict.fromkeys(case.route for case in cases if not case.is_reference))


def _vectors(kernel: str, project: Project | None) -> list[vectors.Vector]:
    if kernel not in NAMES:
        return vectors.some(kernel, project.vectors) if project else []
    return vectors.read([kernel]) if vectors.FOLDER.is_dir() else []


def _differences(driven: Driven, scenario: Scenario, routes: Sequence[str], comparers: Comparers) -> dict[str, str]:
    """Return each route's first difference from native, empty where there is none."""
    by = judge.Judge(scenario.kernel, comparers)
    native = _asked(by, driven, scenario, NATIVE)
    unsteady = next((index for index, answer in native[0].items() if _unsteady(by, native, index, answer)), None)
    if unsteady is not None:
        return dict.fromkeys(routes, f"{NATIVE} itself gives no single answer to request {unsteady}")
    return {
        route: _first_difference(by, native, _asked(by, driven, scenario, route)) for route in routes if route != NATIVE
    }


def _unsteady(by: judge.Judge, native: Asked, index: int, answer: Answer) -> bool:
    return bool(answer.outcome.status or by.difference(f"request {index}", answer.outcome, index, native))


def _first_difference(by: judge.Judge, native: Asked, asked: Asked) -> str:
    for index, right in native[0].items():
        text = by.difference(f"request {index}", right.outcome, index, asked)
        if text:
            return f"request {index}: {text}"
    return ""


def _asked(by: judge.Judge, driven: Driven, scenario: Scenario, route: str) -> Asked:
    return by.repeated(lambda repeats: _answers(driven, scenario, route, repeats), _REPEATS)


def _answers(driven: Driven, scenario: Scenario, route: str, repeats: int) -> dict[int, Answer]:
    request = driver_pb2.AnswerRequest(
        scenario=scenario.name, route=route, callers=_CALLERS, repeats=repeats, timeout_ns=_TIMEOUT_NS
    )
    return {
        one.index: Answer(Outcome(one.response, one.status, one.reason), one.outcomes, one.message)
        for one in driven.driver.Answer(request)
    }


def _difference(case: Case, found: Found) -> str:
    return "" if case.control else found.get((case.scenario, case.route), "")


def _sentence(case: Case, text: str) -> str:
    return f"{case.name} differs, so it gets no verdict: {text}"
