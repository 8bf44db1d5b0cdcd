"""The ending of a run on a terminal, short enough to paste into a chat. Pure: run in, text out."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gateway.bench.gotest import NO_GO
from gateway.bench.manifest import COMPLETE, DIFFERS
from gateway.bench.record import REPORT
from gateway.bench.verdict import INPROC, KEEP_GO, PROCESS
from gateway.report import cells, facts, stack, subjects, trust
from gateway.report.quantities import ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.bench.findings import Findings
    from gateway.bench.summary import ScenarioSummary
    from gateway.bench.verdict import Verdict

_LABEL_WIDTH = 23
_HEADER = ["kernel", "size", "best Go", "Rust in-process", "Rust sidecar", "verdict"]
_GO_COLUMN = 2


def ending(findings: Findings) -> str:
    """Return the whole ending: can it be trusted, the table, what to do, where to read on."""
    parts = [_head(findings), _table(findings), _labelled(_FACTS, findings), _labelled(_NEXT, findings)]
    return "\n\n".join(part for part in parts if part)


def _head(findings: Findings) -> str:
    manifest, summary = findings.manifest, findings.summary
    placements = len({case.placement for case in manifest.plan.cases})
    cpus = len(manifest.machine.get("cpus_usable", []))
    took = f"{manifest.took_s:.0f} s" if manifest.took_s is not None else "interrupted"
    facts = [
        f"{len(findings.kernels)} kernel{'s' if len(findings.kernels) > 1 else ''}",
        f"{placements} placements",
        f"{summary.rounds} rounds",
        took,
        f"seed {manifest.plan.seed}",
        f"{cpus} CPUs for every placement",
    ]
    if manifest.state != COMPLETE:
        facts.append(f"partial: {summary.rounds} of {manifest.plan.rounds} rounds")
    told = [f"A/A: {trust.control(findings)}", trust.agreement(findings)]
    tried = "difference" in manifest.go_test or manifest.go_test.get("why") == NO_GO
    told += [trust.go_test(findings)] if tried else []
    told.append(trust.disturbed(summary))
    lines = [" · ".join(facts), f"can this run be trusted?   {' · '.join(told)}"]
    if findings.distrust:
        lines.append(f"no verdicts: {findings.distrust}. {trust.remedy(findings)}")
    return "\n".join(lines)


def _table(findings: Findings) -> str:
    rows = [row for kernel in findings.kernels for row in _rows(findings, kernel)]
    inproc, remote = (_joined([row[begin : begin + 2] for row in rows]) for begin in (3, 5))
    return _aligned([_HEADER, *([*row[:3], a, b, row[7]] for row, a, b in zip(rows, inproc, remote, strict=True))])


def _rows(findings: Findings, kernel: str) -> list[list[str]]:
    """Return a row a scenario, or one for all payloads where Go is kept at every one of them."""
    pairs = [
        (scenario, verdict)
        for scenario, verdict in zip(findings.summary.scenarios, findings.verdicts, strict=True)
        if scenario.scenario.kernel == kernel
    ]
    if len(pairs) > 1 and all(verdict.fastest == verdict.with_isolation == KEEP_GO for _, verdict in pairs):
        return [_collapsed(kernel, [scenario for scenario, _ in pairs])]
    return [_row(scenario, verdict, findings.distrust) for scenario, verdict in pairs]


def _row(scenario: ScenarioSummary, verdict: Verdict, distrust: str) -> list[str]:
    go = cells.figure(scenario.best_go) if scenario.best_go else "–"
    one = scenario.scenario
    inproc, remote = (_cell(scenario, placement) for placement in (INPROC, PROCESS))
    return [one.kernel, cells.load(one), go, *inproc, *remote, cells.verdict(verdict, distrust)]


def _cell(scenario: ScenarioSummary, placement: str) -> list[str]:
    best = scenario.best(placement)
    if best:
        return [cells.figure(best), ratio(best.speed_up.estimate)]
    there = [case for case in scenario.cases if case.case.placement == placement and case.agreement == DIFFERS]
    fastest = min((case for case in there if case.calls), key=lambda case: case.deciding_ns, default=None)
    return [cells.figure(fastest), "differs"] if fastest else ["differs" if there else "–", ""]


def _collapsed(kernel: str, scenarios: list[ScenarioSummary]) -> list[str]:
    def span(placement: str) -> str:
        found = sorted(best.speed_up.estimate for one in scenarios if (best := one.best(placement)))
        if not found:
            return ""
        low, high = ratio(found[0]), ratio(found[-1])
        return low if low == high else f"{low[:-1]}–{high}"

    told = f"– ({subjects.PRICED[kernel]})" if kernel in subjects.PRICED else KEEP_GO
    return [kernel, "any", "", "", span(INPROC), "", span(PROCESS), told]


def _joined(pairs: list[list[str]]) -> list[str]:
    """Set time and speed-up beside each other, each to the right."""
    left, right = (max(len(pair[index]) for pair in pairs) for index in (0, 1))
    return [f"{pair[0]:>{left}}  {pair[1]:>{right}}" for pair in pairs]


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if index == _GO_COLUMN else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines)


def _labelled(facts: dict[str, Callable[[Findings], list[str]]], findings: Findings) -> str:
    """Return each fact's lines behind its label; a label without a line is left out."""
    lines = []
    for label, tell in facts.items():
        told = [text for text in tell(findings) if text]
        lines += [f"{label if not index else '':<{_LABEL_WIDTH}}{text}" for index, text in enumerate(told)]
    return "\n".join(lines)


def _flips(findings: Findings) -> list[str]:
    real = [kernel for kernel in findings.kernels if kernel not in subjects.PRICED]
    return [f"{kernel}: {' · '.join(told)}" for kernel in real if (told := findings.kernel_flips(kernel))]


def _not_measured(findings: Findings) -> list[str]:
    return [" · ".join(facts.not_measured(findings))]


def _report(findings: Findings) -> list[str]:
    return [f"{findings.folder / REPORT}   (holds none of your input's bytes)"]


def _yours(findings: Findings) -> list[str]:
    kind = findings.manifest.input.get("kind")
    on_your_input = ["gateway bench --quick --input your.log"] if kind == "generated" else []
    on_your_function = ["gateway estimate PACKAGE.FUNC --input your.log"] if kind != "project" else []
    return [*on_your_input, *on_your_function]


def _again(findings: Findings) -> list[str]:
    return [shlex.join(findings.manifest.replay(findings.folder))]


_FACTS: dict[str, Callable[[Findings], list[str]]] = {
    "improve the Go first": facts.improve_go,
    "break-even": facts.break_even,
    "where a call goes": facts.where_a_call_goes,
    "floor": facts.floor,
    "container": stack.lines,
    "knee": facts.knee,
    "bystander": facts.bystander,
    "tracing costs": facts.tracing,
    "would flip it": _flips,
    "placement": facts.placement,
    "not reached": facts.not_reached,
    "not measured": _not_measured,
}
_NEXT: dict[str, Callable[[Findings], list[str]]] = {"report": _report, "yours": _yours, "again": _again}
