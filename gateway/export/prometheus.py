"""Prometheus' text format 0.0.4, such as node_exporter reads from a file: a gauge a figure of each case. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from gateway.bench.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gateway.bench.folder import Run
    from gateway.bench.intervals import Interval
    from gateway.bench.manifest import Manifest
    from gateway.bench.summary import CaseSummary

    Samples = Iterable[tuple[Mapping[str, str], float]]

_PREFIX = "sidecar_bench_"
_NS = 1e-9
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Figure(NamedTuple):
    """One gauge: its name without the prefix, its help, and a case's samples with labels beside the case's own."""

    name: str
    help: str
    samples: Callable[[CaseSummary], Samples]


def _quantiles(one: CaseSummary) -> Samples:
    return [({"quantile": f"{float(name[1:]) / 100:g}"}, value * _NS) for name, value in one.percentiles_ns.items()]


def _limits(interval: Interval) -> Samples:
    limits = {"estimate": interval.estimate, "low": interval.low, "high": interval.high}
    return [({"limit": name}, value) for name, value in limits.items() if value is not None]


FIGURES = (
    Figure("call_seconds", "Time of a call, what verdicts are made of.", lambda one: [({}, one.deciding_ns * _NS)]),
    Figure("call_quantile_seconds", "Time of a call at a quantile that the samples carry.", _quantiles),
    Figure("call_cpu_seconds", "CPU time of a call in all processes.", lambda one: [({}, one.cpu_ns * _NS)]),
    Figure("calls_per_second", "Throughput.", lambda one: [({}, one.throughput_per_s)]),
    Figure("allocated_bytes", "Go heap bytes allocated by a call.", lambda one: [({}, one.allocated_bytes)]),
    Figure("allocated_objects", "Go heap objects allocated by a call.", lambda one: [({}, one.allocated_objects)]),
    Figure("calls", "Calls that were measured.", lambda one: [({}, one.calls)]),
    Figure("failures", "Calls that failed.", lambda one: [({}, one.failures)]),
    Figure(
        "speed_up_ratio", "Time of the better Go over this case's, 95 % interval.", lambda one: _limits(one.speed_up)
    ),
)


def text(run: Run) -> str:
    """Return all gauges; a figure that was not measured has no sample."""
    summary = summarise(run)
    cases = [*(case for one in summary.scenarios for case in one.cases), *summary.composed, *summary.references]
    lines = [
        *_family("run_info", "The run; always 1.", [(_run_labels(run.manifest), 1)]),
        *_family("rounds", "Rounds that were measured.", [({}, summary.rounds)]),
        *_family("disturbed_rounds", "Rounds disturbed by other work.", [({}, summary.disturbed_rounds)]),
        *_family("control_ratio", "The A/A control: a case over itself, 95 % interval.", _limits(summary.control)),
    ]
    for figure in FIGURES:
        samples = (({**_labels(case), **more}, value) for case in cases for more, value in figure.samples(case))
        lines += _family(figure.name, figure.help, samples)
    return "\n".join(lines) + "\n"


def _family(name: str, told: str, samples: Samples) -> Iterator[str]:
    """Yield a gauge's head and its samples, but for those that are no number."""
    kept = [(labels, value) for labels, value in samples if math.isfinite(value)]
    if kept:
        yield f"# HELP {_PREFIX}{name} {told}"
        yield f"# TYPE {_PREFIX}{name} gauge"
    for labels, value in kept:
        inside = ",".join(f'{key}="{text.translate(_ESCAPES)}"' for key, text in labels.items())
        yield f"{_PREFIX}{name}{{{inside}}} {value:.9g}" if inside else f"{_PREFIX}{name} {value:.9g}"


def _run_labels(manifest: Manifest) -> dict[str, str]:
    plan, machine = manifest.plan, manifest.machine
    told = {"created": manifest.created, "plan": plan.name, "seed": plan.seed, "state": manifest.state}
    return {key: str(value) for key, value in {**told, "cpu_model": machine.get("cpu_model", "")}.items()}


def _labels(one: CaseSummary) -> dict[str, str]:
    scenario, case = one.case.scenario, one.case
    load = {"rate_per_s": scenario.rate_per_s, "steps": scenario.steps, "quota_cpus": scenario.quota_cpus}
    return {
        "kernel": scenario.kernel,
        "size_bytes": "mix" if scenario.mix else str(scenario.size_bytes),
        "callers": str(scenario.callers),
        **{key: f"{value:g}" for key, value in load.items() if value},
        "route": case.route,
        "placement": case.placement,
        **({"target": case.target} if case.target else {}),
    }
