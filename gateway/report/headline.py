"""What to do, a sentence a kernel. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO, PROCESS
from gateway.report import trust
from gateway.report.quantities import size
from gateway.report.subjects import PRICED, decided

if TYPE_CHECKING:
    from gateway.bench.breakeven import BreakEven, KernelBreakEven
    from gateway.bench.findings import Findings
    from gateway.bench.verdict import Verdict

PLACEMENT_NAMES = {INPROC: "in process", PROCESS: "as a sidecar", KEEP_GO: "Go"}


def headline(findings: Findings) -> dict[str, tuple[str, str]]:
    """Return (verdict, sentence) by kernel; one sentence for all, under "", where the run cannot be trusted."""
    if findings.distrust:
        told = f"No answer from this run: {findings.distrust}. {trust.remedy(findings)}"
        return {"": (INCONCLUSIVE, told)}
    return {name: (_chosen(findings, name), kernel(findings, name)) for name in decided(findings)}


def kernel(findings: Findings, name: str) -> str:
    """Return what to do with a kernel: `Redact: first improve the Go, then in process; …`."""
    found = findings.verdicts_of(name)
    told = [one for one in found if one.conclusive]
    title = name.capitalize()
    if name in PRICED:
        return f"{title} decides nothing: {PRICED[name]}."
    if not told:
        return f"{title}: no answer from this run, {found[0].why}."
    if {one.fastest for one in told} | {one.with_isolation for one in told} == {KEEP_GO}:
        return f"Keep {name} in Go{_rest(found, told)}."
    first = "first improve the Go, then " if any(one.go_first for one in told) else ""
    if findings.policy.isolation:
        return f"{title}: {first}{_isolated(findings, name, told)}{_rest(found, told)}."
    return f"{title}: {first}{_by_payload(told)}{_sidecar(findings, name, told)}{_rest(found, told)}."


def _chosen(findings: Findings, name: str) -> str:
    """Return the verdict of most of a kernel's payloads, the last one's where they are even."""
    found = [one.headline for one in findings.verdicts_of(name) if one.headline] or [INCONCLUSIVE]
    return max(reversed(found), key=found.count)


def _by_payload(told: list[Verdict]) -> str:
    """`in process` when all payloads agree, else by payload."""
    fastest = list(dict.fromkeys(one.fastest for one in told))
    if len(fastest) == 1:
        return PLACEMENT_NAMES[fastest[0]]
    sizes = {name: [size(one.scenario.size_bytes) for one in told if one.fastest == name] for name in fastest}
    return ", ".join(f"{PLACEMENT_NAMES[name]} at {_list(list(dict.fromkeys(those)))}" for name, those in sizes.items())


def _isolated(findings: Findings, name: str, told: list[Verdict]) -> str:
    """Return what to do where the policy wants crash isolation."""
    choices = {one.with_isolation for one in told} - {INCONCLUSIVE}
    point = _main_point(findings, name)
    if choices == {KEEP_GO}:
        return "keep Go, a sidecar never pays here and your policy wants crash isolation"
    from_payload = f", above {size(point.size_bytes)}{_beyond(point)}" if point and point.kind == "from" else ""
    return f"as a sidecar{from_payload}, since your policy wants crash isolation" if choices else "no answer"


def _sidecar(findings: Findings, name: str, told: list[Verdict]) -> str:
    """`; a sidecar only above 4.8 KiB`, where the kernel may not share the process."""
    isolated = {one.with_isolation for one in told}
    point = _main_point(findings, name)
    if point is not None and point.kind == "from":
        return f"; a sidecar only above {size(point.size_bytes)}{_beyond(point)}"
    if isolated == {KEEP_GO}:
        return "; a sidecar never pays here"
    return "; where a crash must not spread, a sidecar pays too" if isolated == {PROCESS} else ""


def _main_point(findings: Findings, name: str) -> BreakEven | None:
    return next((one.pays for one in findings.break_evens if is_main(one, name)), None)


def is_main(one: KernelBreakEven, kernel_name: str) -> bool:
    """Whether it is the break-even that a headline speaks of: of the sidecar against the better Go, in time."""
    return (one.kernel, one.placement, one.against, one.objective) == (kernel_name, PROCESS, "native", "time")


def _rest(found: list[Verdict], told: list[Verdict]) -> str:
    missing = list(dict.fromkeys(size(one.scenario.size_bytes) for one in found if one not in told))
    return f"; inconclusive at {_list(missing)}" if missing else ""


def _list(texts: list[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _beyond(point: BreakEven) -> str:
    return "" if point.measured else " (beyond what was measured)"
