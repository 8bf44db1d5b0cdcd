"""All that a run says, in one value: figures, verdicts, break-even, what would flip them. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gateway.bench import advice, breakeven, journeys, knee, policy, rates, speedup, tails, verdict
from gateway.bench.per_round import per_round
from gateway.bench.summary import CaseSummary, Summary, summarise
from gateway.finite import finite
from gateway.traces import spans, tree

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.bench.folder import Run
    from gateway.bench.manifest import Manifest
    from gateway.traces.spans import Span

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Findings:
    """What terminal and report tell. `distrust` says why no verdict of the run can be trusted, empty when it can."""

    folder: Path
    manifest: Manifest
    summary: Summary
    verdicts: tuple[verdict.Verdict, ...]
    break_evens: tuple[breakeven.KernelBreakEven, ...]
    speed_ups: tuple[speedup.SpeedUp, ...]
    policy: policy.Policy
    rates: tuple[rates.AtRate, ...]
    sweeps: tuple[knee.Sweep, ...]
    journeys: tuple[journeys.Journey, ...]
    spans: tuple[Span, ...]
    distrust: str

    def flips(self, one: verdict.Verdict) -> list[str]:
        """Return what would change a verdict."""
        return advice.flips(one, self.break_evens, self.speed_ups, self.verdicts, self.sweeps)

    def kernel_flips(self, kernel: str) -> list[str]:
        """Return what would change the verdicts of a kernel."""
        return advice.kernel_flips(self.verdicts_of(kernel), self.break_evens, self.speed_ups, self.sweeps)

    def verdicts_of(self, kernel: str) -> list[verdict.Verdict]:
        """Return the verdicts of a kernel, in the order of the plan."""
        return [one for one in self.verdicts if one.scenario.kernel == kernel]

    @property
    def kernels(self) -> list[str]:
        """Each kernel once, in the order of the plan."""
        return list(dict.fromkeys(one.scenario.kernel for one in self.verdicts))

    @property
    def traces(self) -> dict[str, list[Span]]:
        """The spans by trace id."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.trace_id, []).append(span)
        return found


def conclude(run: Run) -> Findings:
    """Compute all that a run says."""
    figures, off, by = summarise(run), per_round(run), policy.recorded(run.manifest)
    return Findings(
        folder=run.folder,
        manifest=run.manifest,
        summary=figures,
        verdicts=verdict.verdicts(figures, run.manifest, tails.ratios(run, figures, by)),
        break_evens=breakeven.break_evens(figures, off, by.minimum_gain),
        speed_ups=speedup.speed_ups(figures, off, by.minimum_gain),
        policy=by,
        rates=rates.rates(figures, by),
        sweeps=knee.sweeps(run),
        journeys=journeys.conclude(run),
        spans=tuple(spans.from_json(run.spans)),
        distrust=verdict.why_not_trusted(figures, by),
    )


def to_json(findings: Findings) -> dict[str, Any]:
    """Return summary.json: plain values, no NaN; times in ns, shares as numbers."""
    return finite(
        {
            "format": FORMAT,
            "state": findings.manifest.state,
            "rounds": findings.summary.rounds,
            "disturbed_rounds": findings.summary.disturbed_rounds,
            "distrust": findings.distrust,
            "control": {"case": findings.summary.control_name, "ratio": asdict(findings.summary.control)},
            "cases": [_case(case) for one in findings.summary.scenarios for case in one.cases],
            "policy": findings.policy.as_json(),
            "cpu_ns": [asdict(one) for one in findings.rates],
            "verdicts": [_verdict(one, findings) for one in findings.verdicts],
            "break_even": [asdict(one) for one in findings.break_evens],
            "speed_up": [asdict(one) for one in findings.speed_ups],
            "references": [_case(one) for one in findings.summary.references],
            **_containers(findings.summary),
            "boundary": [{**asdict(one), "agrees": one.agrees} for one in findings.summary.estimates],
            "sweeps": [asdict(one) for one in findings.sweeps],
            "journeys": [asdict(one) for one in findings.journeys],
            "traces": {trace_id: tree.defects(one) for trace_id, one in findings.traces.items()},
        }
    )


def _case(one: CaseSummary) -> dict[str, Any]:
    figures = asdict(one)
    return {
        **asdict(one.case.scenario),
        "route": one.case.route,
        "placement": one.case.placement,
        **({"target": one.case.target} if one.case.target else {}),
        **{name: figure for name, figure in figures.items() if name != "case"},
        "stages": figures["bands"] and figures["bands"]["p50"],
    }


def _containers(summary: Summary) -> dict[str, Any]:
    """Return what was measured into containers; a run without them says nothing of any."""
    if not summary.composed:
        return {}
    return {
        "containers": [_case(one) for one in summary.composed],
        "beside": [asdict(one) for one in summary.beside],
    }


def _verdict(one: verdict.Verdict, findings: Findings) -> dict[str, Any]:
    return {**asdict(one), "flips": findings.flips(one)}
