"""What a call costs besides time: CPU by process, and the memory that is held meanwhile. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.report import axes, rows, subjects
from gateway.report.chart import Chapter, Chart
from gateway.report.names import anchor
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import duration, ratio, size, tick_duration

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary, ScenarioSummary

_WORKER_ALPHA = 0.55
_ORIGINAL = "native/original"
"""It would dwarf the others; its CPU is in the table of all cases."""


def draw(findings: Findings) -> list[Chart]:
    """Return CPU a call for the typical payload of each kernel, and the memory of the one that tells most."""
    cpu = [chart for one in subjects.typical_scenarios(findings) if (chart := _cpu(one))]
    call = subjects.typical_call(findings)
    telling = next((one for one in findings.summary.scenarios if call and one.scenario == call.case.scenario), None)
    memory = _memory(telling, findings) if telling else None
    return [*cpu, *([memory] if memory else [])]


def _cpu(scenario: ScenarioSummary) -> Chart | None:
    cases = [case for case in subjects.shown(scenario) if case.cpu_ns > 0 and case.case.route != _ORIGINAL]
    if not cases:
        return None
    made = rows.rows([case.case.route for case in cases], right=64)
    made.set_xlim(0, max(_total(case) for case in cases) * 1.02)
    axes.linear(made.xaxis, tick_duration)
    axes.name_x(made, "CPU time a call: caller, then worker")
    tips: dict[str, str] = {}
    for row, case in enumerate(cases):
        colour, used = LIGHT[PLACEMENTS[case.case.placement]], case.resources
        parts = [rows.Part(used.driver_cpu_ns, colour, f"cpu{row}-driver", "caller")]
        parts += [rows.Part(used.worker_cpu_ns, colour, f"cpu{row}-worker", "worker", _WORKER_ALPHA)] * (
            used.worker_cpu_ns > 0
        )
        end = rows.bar(made, row, parts)
        made.text(
            end, row, f"\N{NO-BREAK SPACE}{duration(_total(case))}", va="center", fontsize=axes.TICK, color=LIGHT["ink"]
        )
        tips |= {one.gid: f"{case.case.route}, {one.text}: {duration(one.length)} of CPU a call" for one in parts}
    name = f"resources-cpu-{anchor(scenario.scenario.name)}"
    return Chart(name, f"CPU, {scenario.scenario.name}", made.figure, _says_cpu(cases), tips)  # type: ignore[arg-type]


def _total(case: CaseSummary) -> float:
    return case.resources.driver_cpu_ns + case.resources.worker_cpu_ns


def _says_cpu(cases: list[CaseSummary]) -> str:
    least, most = min(cases, key=_total), max(cases, key=_total)
    if least is most:
        return f"{least.case.route} takes {duration(_total(least))} of CPU a call."
    beside = ratio(_total(most) / _total(least))
    return (
        f"{least.case.route} takes the least CPU, {duration(_total(least))} a call; {most.case.route} takes {beside}."
    )


def _memory(scenario: ScenarioSummary, findings: Findings) -> Chart | None:
    cases = [
        case
        for case in subjects.shown(scenario)
        if case.case.route != _ORIGINAL and _is_read(case.resources.driver_rss_bytes)
    ]
    if not cases:
        return None
    made = rows.rows([case.case.route for case in cases], right=64)
    made.set_xlim(0, max(_held(case) for case in cases) * 1.02)
    axes.mebibytes(made.xaxis)
    axes.name_x(made, "RSS: Go's own, not Go's, worker")
    tips: dict[str, str] = {}
    for row, case in enumerate(cases):
        parts = _parts(case, row)
        end = rows.bar(made, row, parts)
        made.text(
            end, row, f"\N{NO-BREAK SPACE}{size(_held(case))}", va="center", fontsize=axes.TICK, color=LIGHT["ink"]
        )
        tips |= {one.gid: f"{case.case.route}, {one.text}: {size(one.length)}" for one in parts}
    name = f"resources-memory-{anchor(scenario.scenario.name)}"
    return Chart(name, f"Memory, {scenario.scenario.name}", made.figure, _says_memory(cases, findings), tips)  # type: ignore[arg-type]


def _parts(case: CaseSummary, row: int) -> list[rows.Part]:
    used = case.resources
    native = used.native_memory_bytes if _is_read(used.native_memory_bytes) else 0.0
    pieces = [
        ("Go", used.driver_rss_bytes - native, "go", 1.0),
        ("not Go", native, "inproc", 1.0),
        ("worker", used.worker_rss_bytes if _is_read(used.worker_rss_bytes) else 0.0, "process", 1.0),
    ]
    return [
        rows.Part(length, LIGHT[role], f"memory{row}-{role}", text, alpha)
        for text, length, role, alpha in pieces
        if length > 0
    ]


def _held(case: CaseSummary) -> float:
    worker = case.resources.worker_rss_bytes
    return case.resources.driver_rss_bytes + (worker if _is_read(worker) else 0.0)


def _says_memory(cases: list[CaseSummary], findings: Findings) -> str:
    most = max(cases, key=_held)
    idle = findings.manifest.idle
    held = {name: idle.get(name, {}).get("rss_bytes", 0) for name in ("driver", "worker")}
    before = (
        f" Before the first call: caller {size(held['driver'])}, worker {size(held['worker'])}."
        if all(held.values())
        else ""
    )
    return f"{most.case.route} holds most, {size(_held(most))}. GOMEMLIMIT sees the first part only.{before}"


def _is_read(value: float) -> bool:
    return math.isfinite(value) and value > 0


CHAPTER = Chapter(
    "resources",
    "What does a call cost besides time?",
    "CPU of every process of a call, the caller's share first; then memory as held under load. Context switches, page "
    "faults and threads are in the table of all cases.",
    draw,
    ("blocks.parquet", "summary.json"),
)
