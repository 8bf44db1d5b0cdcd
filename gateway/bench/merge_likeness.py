"""Whether runs measured the same thing, so that only the machine tells them apart. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.verify.run import OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.bench.findings import Findings
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Case


def unlike(one: Findings, other: Findings) -> str:
    """Return in words in what two runs are of different plans, the first such thing; empty when they are of one."""
    return next(_differences(one, other), "")


def _differences(one: Findings, other: Findings) -> Iterator[str]:
    a, b = one.manifest, other.manifest
    plans = a.plan, b.plan
    for what, key in (("plan", "name"), ("seed", "seed"), ("placement", "placement")):
        mine, its = (getattr(plan, key) for plan in plans)
        if mine != its:
            yield f"the {what} is {mine} in one and {its} in the other"
    if a.plan.scenarios != b.plan.scenarios:
        yield "the plans have other scenarios"
    if a.plan.block_ns != b.plan.block_ns or a.plan.min_calls != b.plan.min_calls:
        yield "the blocks of the plans are of other lengths"
    if a.input != b.input:
        yield "the runs have other inputs"
    if one.policy != other.policy:
        yield "the verdicts follow other policies"
    yield from (f"{case.name} is in one plan only" for case in _unexplained(a, b))


def _unexplained(a: Manifest, b: Manifest) -> list[Case]:
    """Return the cases that one run lacks without saying why: a machine that cannot run a route says so."""
    return [*_lacking(a, b), *_lacking(b, a)]


def _lacking(a: Manifest, b: Manifest) -> list[Case]:
    """Return the cases of `a` that `b` should have."""
    named = {(note["kernel"], note["route"]) for note in b.not_measured}
    there = {(case.scenario, case.route, case.target) for case in b.plan.cases}
    lacking = [case for case in a.plan.cases if (case.scenario, case.route, case.target) not in there]
    return [case for case in lacking if not _explained(case, named)]


def _explained(case: Case, named: set[tuple[str, str]]) -> bool:
    told = {(case.scenario.kernel, case.route), (case.scenario.name, case.route)}
    return bool(told & named) or case.route in OPTIONAL


def same_run(one: Findings, other: Findings) -> bool:
    """Whether two folders hold the very same run."""
    return one.manifest.to_json() == other.manifest.to_json()
