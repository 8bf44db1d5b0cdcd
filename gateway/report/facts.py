"""What else a run found, each in a line that fits a terminal. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.bench.rounds import SAMPLED, STAMPS, UNSAMPLED
from gateway.bench.verdict import PROCESS
from gateway.report.quantities import count, duration, microseconds, ratio, size, tick_duration
from gateway.report.subjects import PRICED, TYPICAL_BYTES, typical_call

if TYPE_CHECKING:
    from gateway.bench.breakeven import BreakEven, KernelBreakEven
    from gateway.bench.findings import Findings
    from gateway.bench.intervals import Interval
    from gateway.bench.knee import Sweep
    from gateway.bench.summary import CaseSummary, ScenarioSummary

WIRES = ("request_wire", "reply_wire")


def improve_go(findings: Findings) -> list[str]:
    """Return a line a kernel whose profiled Go is far from the better Go: with the fewest callers, nearest to 4 KiB."""
    pairs = zip(findings.summary.scenarios, findings.verdicts, strict=True)
    far = sorted(
        ((scenario, verdict.go_first) for scenario, verdict in pairs if verdict.go_first),
        key=lambda pair: (-pair[0].scenario.callers, -abs(pair[0].scenario.size_bytes - TYPICAL_BYTES)),
    )
    nearest = {scenario.scenario.kernel: (scenario, times) for scenario, times in far}
    return [_improve_go(scenario, times) for scenario, times in nearest.values()]


def break_even(findings: Findings) -> list[str]:
    """`redact: sidecar pays from ~4.8 KiB (4.4 KiB to 5.1 KiB) against good Go, …`, a line a kernel."""
    kernels = [kernel for kernel in findings.kernels if kernel not in PRICED]
    found = [
        [one for one in findings.break_evens if (one.kernel, one.placement) == (name, PROCESS)] for name in kernels
    ]
    return [_break_even(one) for one in found if one]


def where_a_call_goes(findings: Findings) -> list[str]:
    """`redact 4 KiB over uds/msgpack, 65 µs: wire 24 | compute 16 | wire 23 | rest 1.6 | unexplained 0.4`."""
    case = typical_call(findings)
    return [text for text in (_where(case), tail(case)) if text] if case else []


def tail(case: CaseSummary) -> str:
    """`its p99, 120 µs, is made by reply wire: 23 → 71 µs`; empty where too few calls carry it."""
    bands = case.bands
    if bands is None or bands.p99 is None or not bands.tail_stage:
        return ""
    name = bands.tail_stage
    typical, slow = (one.stages_ns.get(name, one.residual_ns) for one in (bands.p50, bands.p99))
    told = f"{microseconds(typical)} → {microseconds(slow)} µs"
    return f"its slow calls (p99, {duration(bands.p99.total_ns)}) are slow by {stage(name)}: {told}"


def stage(name: str) -> str:
    """Return a stage's name for people."""
    return {"residual": "what no stage explains"}.get(name, name.replace("_", " "))


def tracing(findings: Findings) -> list[str]:
    """`stamps +0.9 µs · unsampled +0.4 µs · sampled +38 µs a call (redact 4 KiB by uds/msgpack)`."""
    priced = [case for one in findings.summary.scenarios for case in one.cases if len(case.tracing_ns) > 1]
    if not priced:
        return []
    case = min(priced, key=lambda one: (one.case.placement != PROCESS, _from_typical(one)))
    modes = [mode for mode in (STAMPS, UNSAMPLED, SAMPLED) if mode in case.tracing_ns]
    told = [f"{mode} {_price(case.tracing_ns[mode])}" for mode in modes]
    return [f"{' · '.join(told)} a call ({case.case.name})"]


def floor(findings: Findings) -> list[str]:
    """`uds/msgpack 1.12× a bare UDS echo · grpc-uds/protobuf 2.1× (echo 4 KiB)`."""
    echoes = [one for one in findings.summary.scenarios if one.scenario.kernel == "echo" and one.scenario.alone]
    nearest = min(echoes, key=lambda one: abs(one.scenario.size_bytes - TYPICAL_BYTES), default=None)
    if nearest is None:
        return []
    told = [f"{one.case.route} {ratio(one.floor.ratio.estimate)}" for one in nearest.cases if one.floor]
    return [f"{' · '.join(told)} the time of a bare echo by hand ({size(nearest.scenario.size_bytes)})"] if told else []


def knee(findings: Findings) -> list[str]:
    """`redact 4 KiB by uds/msgpack: 18 k/s; p99 within 5 ms up to 21 k/s`, a line a swept route."""
    return [_knee(one) for one in findings.sweeps]


def _knee(one: Sweep) -> str:
    at = f"{count(one.knee_per_s)}/s" if one.knee_per_s else "none found"
    bound = tick_duration(one.bound_ns)
    most = (
        f"p99 within {bound} up to {count(one.highest_per_s)}/s" if one.highest_per_s else f"p99 never within {bound}"
    )
    return f"{one.kernel} {size(one.size_bytes)} by {one.route}: {at}; {most}"


def bystander(findings: Findings) -> list[str]:
    """`p99 of a light endpoint: native 0.4 → 6.1 ms · uds/msgpack 0.4 → 0.9 ms`."""
    told = [
        f"{one.route} {duration(there.alone_p99_ns)} → {duration(there.p99_ns)}"
        for one in findings.journeys
        if (there := one.bystander) and there.alone_p99_ns and there.p99_ns
    ]
    return [f"p99 of a light endpoint, alone → under load: {' · '.join(told)}"] if told else []


def placement(findings: Findings) -> list[str]:
    """What a free placement does, where it was asked for."""
    manifest = findings.manifest
    if manifest.placement == "split":
        return []
    named = manifest.bimodal
    modes = f"; bimodal: {', '.join(named[:3])}{' …' if len(named) > 3 else ''}" if named else ""
    return [f"{manifest.placement}{modes}"]


def not_reached(findings: Findings) -> list[str]:
    """What was asked for and not reached, and what ended the rounds when that was not the plan."""
    manifest = findings.manifest
    early = manifest.ended not in ("", "planned")
    ended = f"ended by {manifest.ended} after {findings.summary.rounds} rounds" if early else ""
    return [text for text in (ended, *manifest.not_reached) if text]


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


def point(one: BreakEven) -> str:
    """`from ~4.8 KiB (4.4 KiB to 5.1 KiB)`, `at every payload`, `at no payload`; empty when unknown."""
    if one.kind not in ("from", "until"):
        return {"always": "at every payload", "never": "at no payload"}.get(one.kind, "")
    word = "from" if one.kind == "from" else "up to"
    beyond = "" if one.measured else " (beyond what was measured)"
    return f"{word} ~{size(one.size_bytes)}{_ends(one)}{beyond}"


def _ends(one: BreakEven) -> str:
    if not (math.isfinite(one.low_bytes) and math.isfinite(one.high_bytes)) or not one.measured:
        return ""
    low, high = size(one.low_bytes), size(one.high_bytes)
    return f" ({low} to {high})" if low != high else ""


def _improve_go(scenario: ScenarioSummary, times: float) -> str:
    """`redact by native/original takes 1,970 µs at 4 KiB, by native 58: 34 of the 126 times need no Rust`."""
    original, native = scenario.by_route("native/original"), scenario.by_route("native")
    if original is None or native is None:
        return ""
    one = scenario.scenario
    head = f"{one.kernel} by native/original takes {microseconds(original.deciding_ns)} µs at {size(one.size_bytes)}"
    best = min((case.deciding_ns for case in scenario.cases if case.comparable), default=native.deciding_ns)
    share = f": {times:.0f} of the {original.deciding_ns / best:.0f} times need no Rust"
    return f"{head}, by native {microseconds(native.deciding_ns)}{share if best < native.deciding_ns else ''}"


def _break_even(found: list[KernelBreakEven]) -> str:
    by_twin = {(one.against, one.objective): point(one.pays) for one in found}
    good, original = by_twin.get(("native", "time")), by_twin.get(("native/original", "time"))
    told = [f"{good} against good Go" if good else "", f"{original} against native/original" if original else ""]
    text = ", ".join(part for part in told if part)
    cpu = by_twin.get(("native", "cpu"))
    in_cpu = f"; in CPU {cpu}" if cpu and text else ""
    return f"{found[0].kernel}: sidecar pays {text}{in_cpu}" if text else ""


def _where(case: CaseSummary) -> str:
    profile = case.stages
    if profile is None:
        return ""
    told = {name: profile.stages_ns.get(name, 0.0) for name in (WIRES[0], "compute", WIRES[1])}
    rest = sum(profile.stages_ns.values()) - sum(told.values())
    parts = [f"{name.rpartition('_')[2]} {microseconds(value)}" for name, value in told.items()]
    parts += [f"rest {microseconds(rest)}", f"unexplained {microseconds(profile.residual_ns)}"]
    return f"{case.case.scenario.name} over {case.case.route}, {microseconds(profile.total_ns)} µs: {' | '.join(parts)}"


def _price(more: Interval) -> str:
    sign = "+" if more.estimate >= 0 else "−"
    half = f" ±{duration(more.half_width)}" if more.half_width is not None else ""
    return f"{sign}{duration(abs(more.estimate))}{half}"


def _from_typical(case: CaseSummary) -> float:
    return abs(case.case.scenario.size_bytes - TYPICAL_BYTES)


def _missing(notes: list[dict[str, str]]) -> dict[str, list[str]]:
    """Return the kernels of each route that this machine could not run."""
    found: dict[str, list[str]] = {}
    for note in notes:
        found.setdefault(note["route"], []).append(note["kernel"])
    return found
