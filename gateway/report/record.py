"""A decision record of a run, one page of Markdown: what a team keeps beside its code. Pure: findings in, text out."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import jinja2

from gateway.bench.policy import CPU
from gateway.bench.rates import BETTER_GO, GO_NOW, IN_PROCESS, SIDECAR
from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO, PROCESS, best, speed_up
from gateway.report import facts, headline, subjects, trust
from gateway.report.quantities import cores, count, duration, ratio, significant, size, tick_ratio

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.intervals import Interval
    from gateway.bench.policy import Policy
    from gateway.bench.summary import CaseSummary, ScenarioSummary
    from gateway.bench.verdict import Verdict

RATE_PER_S = 10_000
PROPOSED, NO_DECISION = "Proposed", "Inconclusive"
_SPECIAL = re.compile(r"[|`\\\n\r<>]")
_ALTERNATIVES = (
    ("keep Go as it is", GO_NOW),
    ("improve the Go", BETTER_GO),
    ("in process", IN_PROCESS),
    ("sidecar", SIDECAR),
)


def record(findings: Findings) -> str:
    """Return the decision record of a run; a run that gives no answer is recorded as inconclusive."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.report", "templates"),
        autoescape=False,  # noqa: S701 - the page is Markdown; `_plain` takes what could break it
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("record.md").render(context(findings))


def context(findings: Findings) -> dict[str, Any]:
    """Return all that the template shows."""
    kernels = subjects.decided(findings)
    return {
        "kernels": _list(kernels),
        "status": PROPOSED if _decided(findings) else NO_DECISION,
        "created": findings.manifest.created[:10],
        "name": _plain(findings.folder.name),
        "scope": "It holds for this machine, these inputs and this load.",
        "context": _context(findings),
        "policy": _policy(findings.policy),
        "decision": [text for _, text in headline.headline(findings).values()],
        "rows": [_row(*pair, findings.policy) for pair in _pairs(findings)],
        "rate": f"{RATE_PER_S:,}",
        "priced": _priced(findings.policy),
        "alternatives": [_alternative(name, way, findings) for name, way in _ALTERNATIVES],
        "improvements": facts.improve_go(findings),
        "figures": _figures(findings),
        "again": _plain(shlex.join(findings.manifest.again)),
        "flips": _flips(findings),
        "not_measured": " · ".join(facts.not_measured(findings)),
    }


def _decided(findings: Findings) -> bool:
    return any(one.conclusive for kernel in subjects.decided(findings) for one in findings.verdicts_of(kernel))


def _pairs(findings: Findings) -> list[tuple[ScenarioSummary, Verdict]]:
    """Return the scenarios to decide about with their verdicts, in the order of the plan."""
    decided = subjects.decided(findings)
    pairs = zip(findings.summary.scenarios, findings.verdicts, strict=True)
    return [(scenario, verdict) for scenario, verdict in pairs if scenario.scenario.kernel in decided]


def _context(findings: Findings) -> list[str]:
    manifest = findings.manifest
    machine, given = manifest.machine, manifest.input
    name = f", {given['name']} ({size(given.get('bytes', 0))})" if "name" in given else ""
    return [
        f"{_list(subjects.decided(findings)).capitalize()}: hot functions of a Go service that could be Rust, in the "
        "same process or in one beside it. What they have to beat is the best Go.",
        f"Machine: {_plain(machine.get('cpu_model', 'unknown'))}, {len(machine.get('cpus_usable', []))} CPUs for every "
        f"placement ({manifest.placement}), {_plain(machine.get('architecture', 'unknown'))}, "
        f"{_plain(manifest.versions.get('go', 'go unknown'))}.",
        f"Input: {_plain(given.get('kind', 'unknown'))}{_plain(name)}; plan {_plain(manifest.plan.name)}, seed "
        f"{manifest.plan.seed}, {findings.summary.rounds} rounds.",
        f"Trust: A/A {trust.control(findings)}; {trust.disturbed(findings.summary)}; {trust.agreement(findings)}; "
        f"{trust.go_test(findings)}.",
    ]


def _policy(policy: Policy) -> str:
    """`a call takes 20 % less time, counted as Go's over the other's, …`."""
    what = "CPU" if policy.objective == CPU else "time"
    tail = f" and its p99 is at most {tick_ratio(policy.tail_bound)} Go's" if policy.tail_bound else ""
    isolation = ", and a crash of the kernel must not end the service" if policy.isolation else ""
    times = tick_ratio(round(1 + policy.minimum_gain, 6))
    return f"the better Go needs at least {times} the {what} of a call{tail}{isolation}"


def _row(scenario: ScenarioSummary, verdict: Verdict, policy: Policy) -> list[str]:
    go = scenario.best_go
    told = [_case(best(scenario, placement, policy), policy) for placement in (INPROC, PROCESS)]
    fastest = verdict.fastest if verdict.conclusive else f"{INCONCLUSIVE}: {verdict.why}"
    notes = f" ({verdict.tail})" if verdict.tail else ""
    figure = _figure(go, policy) if go else "–"
    return [scenario.scenario.name, figure, *told, _plain(fastest + notes), verdict.with_isolation, verdict.cpu]


def _case(case: CaseSummary | None, policy: Policy) -> str:
    return f"{_figure(case, policy)}, {_times(speed_up(case, policy))} by {case.case.route}" if case else "–"


def _figure(case: CaseSummary, policy: Policy) -> str:
    if policy.objective == CPU:
        return f"{duration(case.cpu_ns)} CPU"
    return f"{count(case.throughput_per_s)}/s" if case.case.scenario.by_throughput else duration(case.deciding_ns)


def _times(interval: Interval) -> str:
    """`3.7× (3.6× to 3.8×)`."""
    if interval.low is None or interval.high is None:
        return f"{ratio(interval.estimate)} (too few rounds)"
    low, high = (significant(one, 3) for one in (interval.low, interval.high))
    return f"{significant(interval.estimate, 3)}× ({low} to {high})"


def _priced(policy: Policy) -> str:
    return f", and their price a month ({_plain(policy.currency) or 'as [cost] says'})" if policy.per_core_month else ""


def _alternative(name: str, way: str, findings: Findings) -> list[str]:
    """Return a row: the alternative, the calls whose verdict names it, and what it takes of the machine."""
    return [name, _answers(way, findings) or "nowhere", _busy(way, findings)]


def _answers(way: str, findings: Findings) -> str:
    pairs = [(scenario, verdict) for scenario, verdict in _pairs(findings) if verdict.headline]
    chosen = {
        GO_NOW: [one for one in pairs if one[1].headline == KEEP_GO and not one[1].go_first],
        BETTER_GO: [one for one in pairs if one[1].go_first],
        IN_PROCESS: [one for one in pairs if one[1].headline == INPROC],
        SIDECAR: [one for one in pairs if one[1].headline == PROCESS],
    }
    return _list([scenario.scenario.name for scenario, _ in chosen[way]])


def _busy(way: str, findings: Findings) -> str:
    """Return `redact 4 KiB 0.58, …` for the typical payload of each kernel."""
    typical = [one.scenario for one in subjects.typical_scenarios(findings)]
    told = []
    for one in findings.rates:
        busy, price = one.cores(RATE_PER_S)[way], one.cost(RATE_PER_S, findings.policy)[way]
        if one.scenario in typical and busy is not None:
            told.append(
                f"{one.scenario.name} {cores(busy)}" + (f" ({significant(price)})" if price is not None else "")
            )
    return ", ".join(told) or "–"


def _figures(findings: Findings) -> list[str]:
    kernels = subjects.decided(findings)
    needed = [
        f"{one.kernel} at {size(one.size_bytes)}: Rust computes {ratio(one.measured)} as fast as the better Go "
        f"({ratio(one.low)} to {ratio(one.high)})"
        for one in findings.speed_ups
        if one.kernel in kernels
    ]
    parts = {
        "break-even": facts.break_even(findings),
        "where a call goes": facts.where_a_call_goes(findings),
        "the kernels alone": needed,
    }
    command = f"`gateway report {_plain(findings.folder.name)}`"
    told = {label: [text for text in texts if text] for label, texts in parts.items()}
    return [f"{label}, by {command}: {'; '.join(texts)}" for label, texts in told.items() if texts]


def _flips(findings: Findings) -> list[str]:
    told = {kernel: findings.kernel_flips(kernel) for kernel in subjects.decided(findings)}
    lines = [f"{kernel}: {' · '.join(lines)}" for kernel, lines in told.items() if lines]
    return lines or [f"An answer at all: {findings.distrust or 'this run has none'}. {trust.remedy(findings)}"]


def _list(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _plain(text: object) -> str:
    """Return a text without what Markdown or a table would take for its own; `percent` and the like are left alone."""
    return _SPECIAL.sub(" ", str(text))
