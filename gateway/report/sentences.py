"""What a run says, in sentences: the same on the terminal and in the report. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench.manifest import DIFFERS
from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO, PROCESS
from gateway.report.quantities import count, duration, microseconds, percent, ratio, signed_percent, size

if TYPE_CHECKING:
    from gateway.bench.advice import KernelBreakEven
    from gateway.bench.breakeven import BreakEven
    from gateway.bench.findings import Findings
    from gateway.bench.intervals import Interval
    from gateway.bench.plan import Scenario
    from gateway.bench.summary import CaseSummary, ScenarioSummary, Summary
    from gateway.bench.verdict import Verdict

PRICED = {"echo": "it prices the boundary", "spin": "it prices the boundary beside a known compute"}
PLACEMENT_NAMES = {INPROC: "in process", PROCESS: "as a sidecar", KEEP_GO: "Go"}
WIRES = ("request_wire", "reply_wire")


_WIDE = 0.15
AGREES_WITHIN = 0.05


def control(summary: Summary) -> str:
    """`no difference (+0.3 % ±1.1)`, or why there is no answer."""
    found = summary.control
    half = found.half_width
    if half is None:
        return "too few rounds"
    seen = f"{signed_percent(found.estimate - 1)} ±{half * 100:.1f}"
    return f"a difference ({seen})" if found.excludes(1.0) else f"no difference ({seen})"


def agreement(findings: Findings) -> str:
    """Whether every measured route gave the same bytes."""
    differing = [one.case.name for one in _cases(findings) if one.agreement == DIFFERS]
    more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
    return f"differs: {differing[0]}{more}" if differing else "all routes give the same bytes"


def go_test(findings: Findings) -> str:
    """`native = go test -bench within 2 % (digest)`, or what it is instead."""
    found = findings.manifest.go_test
    if "difference" not in found:
        return f"not compared: {found.get('why', 'the run was interrupted')}"
    difference = found["difference"]
    if abs(difference) <= AGREES_WITHIN:
        return f"native = go test -bench within {max(1, math.ceil(abs(difference) * 100))} % ({found['kernel']})"
    return f"native takes {signed_percent(difference, 0)} beside go test -bench ({found['kernel']})"


def disturbed(summary: Summary) -> str:
    """`0 of 20 rounds disturbed`."""
    return f"{summary.disturbed_rounds} of {summary.rounds} rounds disturbed"


def verdict(one: Verdict, distrust: str) -> str:
    """`inproc · with isolation: process`; an inconclusive one says why, unless all are so for the run's `distrust`."""
    if one.fastest == INCONCLUSIVE:
        return INCONCLUSIVE if one.why == distrust else f"{INCONCLUSIVE}: {one.why}"
    if one.scenario.kernel in PRICED:
        return f"{one.fastest} ({PRICED[one.scenario.kernel]})"
    if one.with_isolation == one.fastest:
        return one.fastest
    return f"{one.fastest} · with isolation: {one.with_isolation}"


def headline(findings: Findings) -> list[str]:
    """What to do, a sentence a kernel; one sentence for all where the run cannot be trusted."""
    if findings.distrust:
        return [f"No answer from this run: {findings.distrust}.", remedy(findings)]
    return [kernel(findings, name) for name in decided(findings)]


def remedy(findings: Findings) -> str:
    """What to do about a run that cannot be trusted."""
    if "too few rounds" in findings.distrust:
        return "Run a plan with 20 rounds or more to its end."
    return "Stop other programs, or take a quieter machine, and run it again."


def decided(findings: Findings) -> list[str]:
    """The kernels to decide about; those that only price the boundary come in when there are no others."""
    return [one for one in findings.kernels if one not in PRICED] or findings.kernels


def kernel(findings: Findings, name: str) -> str:
    """A sentence that says what to do with a kernel: `Redact: first improve the Go, then in process; …`."""
    found = findings.verdicts_of(name)
    told = [one for one in found if one.conclusive]
    title = name.capitalize()
    if not told:
        return f"{title}: no answer from this run, {found[0].why}."
    if {one.fastest for one in told} | {one.with_isolation for one in told} == {KEEP_GO}:
        return f"Keep {name} in Go{_known_price(name)}{_rest(found, told)}."
    first = "first improve the Go, then " if any(one.go_first for one in told) else ""
    return f"{title}: {first}{_by_payload(told)}{_sidecar(findings, name, told)}{_rest(found, told)}."


def improve_go(scenario: ScenarioSummary, times: float) -> str:
    """`redact by native/original takes 1,970 µs at 4 KiB, by native 58: 34 of the 126 times need no Rust`."""
    original, native = scenario.by_route("native/original"), scenario.by_route("native")
    if original is None or native is None:
        return ""
    one = scenario.scenario
    head = f"{one.kernel} by native/original takes {microseconds(original.deciding_ns)} µs at {size(one.size_bytes)}"
    best = min((case.deciding_ns for case in scenario.cases if case.comparable), default=native.deciding_ns)
    tail = (
        f": {times:.0f} of the {original.deciding_ns / best:.0f} times need no Rust"
        if best < native.deciding_ns
        else ""
    )
    return f"{head}, by native {microseconds(native.deciding_ns)}{tail}"


def break_even(found: list[KernelBreakEven]) -> str:
    """`redact: sidecar pays from ~4.8 KiB against good Go, from ~100 B against native/original; in CPU …`."""
    by_twin = {(one.against, one.objective): _point(one.point) for one in found}
    good, original = by_twin.get(("native", "time")), by_twin.get(("native/original", "time"))
    cpu = by_twin.get(("native", "cpu"))
    parts = [
        f"sidecar pays {good} against good Go" if good else "",
        f"{original} against native/original" if original else "",
    ]
    text = ", ".join(part for part in parts if part)
    return f"{found[0].kernel}: {text}" + (f"; in CPU {cpu}" if cpu else "") if text else ""


def where_a_call_goes(case: CaseSummary) -> str:
    """`redact 4 KiB over uds/msgpack, 65 µs: wire 24 | compute 16 | wire 23 | rest 1.6 | unexplained 0.4`."""
    profile = case.stages
    if profile is None:
        return ""
    told = {name: profile.stages_ns.get(name, 0.0) for name in (WIRES[0], "compute", WIRES[1])}
    rest = sum(profile.stages_ns.values()) - sum(told.values())
    parts = [f"{name.rpartition('_')[2]} {microseconds(value)}" for name, value in told.items()]
    parts += [f"rest {microseconds(rest)}", f"unexplained {microseconds(profile.residual_ns)}"]
    return f"{case.case.scenario.name} over {case.case.route}, {microseconds(profile.total_ns)} µs: {' | '.join(parts)}"


def not_measured(findings: Findings) -> list[str]:
    """What a reader could take this run for and must not."""
    manifest = findings.manifest
    callers = max([1, *(one.callers for one in manifest.plan.scenarios if not one.rate_per_s)])
    other = "arm64" if manifest.machine.get("architecture") == "x86_64" else "x86_64"
    return [
        *([] if manifest.input.get("kind") == "project" else ["your function"]),
        *(["your input"] if manifest.input.get("kind") == "generated" else []),
        f"your machine, {other}",
        f"more than {callers} caller{'s' if callers > 1 else ''}",
        *(f"{route} ({', '.join(kernels)})" for route, kernels in _missing(manifest.not_measured).items()),
    ]


def figure(case: CaseSummary) -> str:
    """What decides about a case: `48.2 µs`, or with several callers `58.3 k/s`."""
    return f"{count(case.throughput_per_s)}/s" if case.case.scenario.by_throughput else duration(case.p50_ns)


def load(scenario: Scenario) -> str:
    """`4 KiB`, `4 KiB ×16`, `4 KiB 2,000/s`."""
    if scenario.rate_per_s:
        return f"{size(scenario.size_bytes)} {scenario.rate_per_s:,.0f}/s"
    return f"{size(scenario.size_bytes)} ×{scenario.callers}" if scenario.callers > 1 else size(scenario.size_bytes)


def times(interval: Interval) -> str:
    """A speed-up with half its interval: `3.7× ±1.2 %`, or with its ends where it is wide."""
    if interval.low is None or interval.high is None or interval.half_width is None:
        return f"{ratio(interval.estimate)} (too few rounds)"
    share = interval.half_width / interval.estimate
    if share > _WIDE:
        return f"{ratio(interval.estimate)} ({ratio(interval.low)} to {ratio(interval.high)})"
    return f"{ratio(interval.estimate)} ±{percent(share)}"


def _cases(findings: Findings) -> list[CaseSummary]:
    return [case for one in findings.summary.scenarios for case in one.cases]


def _missing(notes: list[dict[str, str]]) -> dict[str, list[str]]:
    """Return the kernels of each route that this machine could not run."""
    found: dict[str, list[str]] = {}
    for note in notes:
        found.setdefault(note["route"], []).append(note["kernel"])
    return found


def _known_price(name: str) -> str:
    return f" ({PRICED[name]})" if name in PRICED else ""


def _by_payload(told: list[Verdict]) -> str:
    """`in process` when all payloads agree, else by payload."""
    fastest = list(dict.fromkeys(one.fastest for one in told))
    if len(fastest) == 1:
        return PLACEMENT_NAMES[fastest[0]]
    sizes = {name: [size(one.scenario.size_bytes) for one in told if one.fastest == name] for name in fastest}
    return ", ".join(f"{PLACEMENT_NAMES[name]} at {_list(list(dict.fromkeys(those)))}" for name, those in sizes.items())


def _sidecar(findings: Findings, name: str, told: list[Verdict]) -> str:
    """`; a sidecar only above 4.8 KiB`, where the kernel may not share the process."""
    isolated = {one.with_isolation for one in told}
    point = next((one.point for one in findings.break_evens if _is_main(one, name)), None)
    if point is not None and point.kind == "from":
        return f"; a sidecar only above {size(point.size_bytes)}{_beyond(point)}"
    if isolated == {KEEP_GO}:
        return "; a sidecar never pays here"
    return "; where a crash must not spread, a sidecar pays too" if isolated == {PROCESS} else ""


def _is_main(one: KernelBreakEven, kernel_name: str) -> bool:
    return (one.kernel, one.placement, one.against, one.objective) == (kernel_name, PROCESS, "native", "time")


def _rest(found: list[Verdict], told: list[Verdict]) -> str:
    missing = list(dict.fromkeys(size(one.scenario.size_bytes) for one in found if one not in told))
    return f"; inconclusive at {_list(missing)}" if missing else ""


def _list(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _point(point: BreakEven) -> str:
    if point.kind in ("from", "until"):
        return f"{'from' if point.kind == 'from' else 'up to'} ~{size(point.size_bytes)}{_beyond(point)}"
    return {"always": "at every payload", "never": "at no payload"}.get(point.kind, "")


def _beyond(point: BreakEven) -> str:
    return "" if point.measured else " (beyond what was measured)"
