"""Which kernels and which calls of a run a reader is shown first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.verdict import KEEP_GO, PROCESS

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.summary import CaseSummary, ScenarioSummary

PRICED = {"echo": "it prices the boundary", "spin": "it prices the boundary beside a known compute"}
TYPICAL_BYTES = 4096


def decided(findings: Findings) -> list[str]:
    """Return the kernels to decide about; those that only price the boundary come in when there are no others."""
    return [one for one in findings.kernels if one not in PRICED] or findings.kernels


def typical_scenario(findings: Findings, kernel: str) -> ScenarioSummary | None:
    """Return the plain scenario of a kernel that is nearest to 4 KiB."""
    plain = [one for one in findings.summary.scenarios if one.scenario.kernel == kernel and one.scenario.alone]
    return min(plain, key=lambda one: abs(one.scenario.size_bytes - TYPICAL_BYTES), default=None)


def typical_scenarios(findings: Findings) -> list[ScenarioSummary]:
    """Return the typical scenario of each kernel to decide about."""
    found = (typical_scenario(findings, kernel) for kernel in decided(findings))
    return [one for one in found if one]


def typical_call(findings: Findings) -> CaseSummary | None:
    """Return the sidecar call that shows best where time goes: of a kernel that may move, near 4 KiB."""
    kernel = _telling_kernel(findings)
    scenarios = [one for one in findings.summary.scenarios if one.scenario.kernel == kernel]
    stamped = [best for one in scenarios if (best := one.best(PROCESS)) and best.stages]
    return min(stamped, key=lambda case: abs(case.case.scenario.size_bytes - TYPICAL_BYTES), default=None)


def shown(scenario: ScenarioSummary) -> list[CaseSummary]:
    """Return the cases that one wants to see beside each other: both Go twins and the best route of each placement."""
    wanted = [scenario.by_route("native"), scenario.by_route("native/original")]
    wanted += [scenario.best(placement) for placement in ("inproc", PROCESS)]
    return [case for case in scenario.cases if any(case is one for one in wanted) and case.calls]


def _telling_kernel(findings: Findings) -> str:
    real = [kernel for kernel in findings.kernels if kernel not in PRICED]
    moving = [kernel for kernel in real if any(one.fastest != KEEP_GO for one in findings.verdicts_of(kernel))]
    return (moving or real or findings.kernels)[-1]
