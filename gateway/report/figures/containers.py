"""What a container adds to a call: each route to a process of the host beside the same one into a container. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes, cells, rows
from gateway.report.chart import Chapter, Chart
from gateway.report.figures import stages
from gateway.report.names import anchor
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import duration, tick_duration, tick_ratio
from gateway.report.subjects import TYPICAL_BYTES

if TYPE_CHECKING:
    from gateway.bench.beside import Beside
    from gateway.bench.findings import Findings
    from gateway.bench.stage_profile import StageProfile
    from gateway.bench.summary import CaseSummary

_MOST_PAIRS = 6


def draw(findings: Findings) -> list[Chart]:
    """Return a chart of ratios a kernel, and the stages of the pair of each route that is most like a typical call."""
    found = findings.summary.beside
    kernels = dict.fromkeys(one.scenario.kernel for one in found)
    ratios = [_ratios(kernel, [one for one in found if one.scenario.kernel == kernel]) for kernel in kernels]
    staged = _stages(findings)
    return [*ratios, *([staged] if staged else [])]


def _ratios(kernel: str, found: list[Beside]) -> Chart:
    made = rows.rows([f"{cells.load(one.scenario)} {one.route}" for one in found], axes.WIDE, right=132)
    ends = [rows.ends_of(one.ratio) or (one.ratio.estimate,) for one in found]
    axes.log_decades(made.xaxis, min(0.8, *map(min, ends)) / 1.05, max(1.3, *map(max, ends)) * 1.05, tick_ratio)
    made.axvline(1, color=LIGHT["soft"], linewidth=1)
    axes.name_x(made, "time into a container over the host's")
    tips: dict[str, str] = {}
    for row, one in enumerate(found):
        gid = f"container-{anchor(kernel)}{row}"
        rows.dot(made, one.ratio.estimate, row, PLACEMENTS["process"], gid, rows.ends_of(one.ratio))
        told = f"{duration(one.host_ns)} → {duration(one.container_ns)}"
        axes.direct(
            made, 1.02, row, told, LIGHT["soft"], transform=made.get_yaxis_transform(), va="center", fontweight="normal"
        )
        tips[gid] = f"{one.scenario.name} by {one.route}: {told}, {cells.near_one(one.ratio)}{_cpu(one)}"
    return Chart(f"containers-{anchor(kernel)}", kernel, made.figure, _says(found), tips)  # type: ignore[arg-type]


def _cpu(one: Beside) -> str:
    return f"; CPU {cells.near_one(one.cpu_ratio)}" if one.cpu_ratio.rounds else ""


def _says(found: list[Beside]) -> str:
    sure = [one for one in found if one.ratio.excludes(1.0)]
    unsure = len(found) - len(sure)
    if not sure:
        return f"No sure difference in any of {len(found)}."
    most = max(sure, key=lambda one: abs(one.ratio.estimate - 1))
    told = f"The largest is {cells.load(most.scenario)} {most.route}: {cells.near_one(most.ratio)} of the host's time"
    rest = f"; {unsure} of {len(found)} show no sure difference" if unsure else ""
    return f"{told}, {duration(most.more_ns.estimate).replace('-', '−')} a call more{rest}."


def _stages(findings: Findings) -> Chart | None:
    """Return the median calls of host and container, stage by stage, a pair a route."""
    summary = findings.summary
    cases = {case.index: case for one in summary.scenarios for case in one.cases}
    cases |= {case.index: case for case in summary.composed}
    nearest = {one.route: one for one in sorted(filter(_is_alone, summary.beside), key=_from_typical, reverse=True)}
    pairs = [one for one in summary.beside if one is nearest.get(one.route)][:_MOST_PAIRS]
    bars = [bar for one in pairs for bar in _bars(one, cases)]
    if not bars:
        return None
    made = rows.rows([label for label, _ in bars], axes.WIDE, right=56)
    made.set_xlim(0, max(profile.total_ns for _, profile in bars) * 1.02)
    axes.linear(made.xaxis, tick_duration)
    axes.name_x(made, "time of a call with stamps")
    tips: dict[str, str] = {}
    for row, (label, profile) in enumerate(bars):
        tips |= stages.bar(made, row, label, profile, "beside")
    names = ", ".join(dict.fromkeys(one.scenario.name for one in pairs))
    says = "In each pair the host's process above, the container below; what differs in compute is another build."
    return Chart("containers-stages", f"Stage by stage: {names}", made.figure, says, tips)  # type: ignore[arg-type]


def _bars(one: Beside, cases: dict[int, CaseSummary]) -> list[tuple[str, StageProfile]]:
    """Return both of a pair where both were stamped."""
    both = [(where, cases.get(index)) for where, index in (("host", one.host), ("container", one.container))]
    bars = [(f"{one.route} {where}", case.stages) for where, case in both if case and case.stages]
    return bars if len(bars) == len(both) else []


def _is_alone(one: Beside) -> bool:
    return one.scenario.alone


def _from_typical(one: Beside) -> tuple[bool, int]:
    return one.scenario.kernel != "echo", abs(one.scenario.size_bytes - TYPICAL_BYTES)


CHAPTER = Chapter(
    "containers",
    "What does a container add?",
    "Each route to a process of the host beside the same route into a container, in the same rounds, with the same "
    "CPUs, with 95 % intervals. Sockets lie in a volume that both sides share; TCP goes by the published port, or by "
    "the bridge where the bench itself is a container.",
    draw,
    ("blocks.parquet", "samples.parquet", "summary.json"),
    missing="--target compose --plan plans/compose.toml",
    wide=True,
)
