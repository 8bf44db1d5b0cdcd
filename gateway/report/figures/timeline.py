"""The run as the machine lived it: what else took CPU in each round. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report import axes
from gateway.report.chart import Chapter, Chart
from gateway.report.palette import LIGHT
from gateway.report.quantities import percent

if TYPE_CHECKING:
    from gateway.bench.findings import Findings
    from gateway.bench.manifest import RoundNote

_TAKERS = {
    "steal": ("steal_ns", "bad", "^"),
    "foreign": ("foreign_cpu_ns", "accent", "o"),
    "throttled": ("throttled_ns", "soft", "s"),
}
_NAMES = {"steal": "hypervisor", "foreign": "other programs", "throttled": "CPU limit"}


def draw(findings: Findings) -> list[Chart]:
    """Return the shares of CPU that others took, a mark a round; disturbed rounds are shaded."""
    rounds = findings.manifest.rounds
    if not rounds:
        return []
    made = axes.axes(axes.WIDE, 220, 56, 110)
    shares = {name: [_share(one, key) for one in rounds] for name, (key, _, _) in _TAKERS.items()}
    most = max(0.06, max(max(one) for one in shares.values()) * 1.1)
    made.set_xlim(0, len(rounds) + 1)
    made.set_ylim(-0.02 * most, most)
    axes.linear(made.yaxis, lambda value: percent(value, 0))
    for number, one in enumerate(rounds, 1):
        if one.disturbed:
            made.axvspan(number - 0.5, number + 0.5, color=LIGHT["bad"], alpha=0.1, linewidth=0)
    tips: dict[str, str] = {}
    ends = []
    for name, (_, role, marker) in _TAKERS.items():
        if name == "throttled" and not any(shares[name]):
            continue
        made.plot(range(1, len(rounds) + 1), shares[name], color=LIGHT[role], linewidth=1.2, alpha=0.6)
        made.plot(range(1, len(rounds) + 1), shares[name], marker, color=LIGHT[role], markersize=4, linewidth=0)
        ends.append((_NAMES[name], shares[name][-1], LIGHT[role]))
    axes.names_at_right(made, ends)
    axes.name_x(made, "round")
    return [Chart("timeline", "Rounds", made.figure, _says(findings), tips)]  # type: ignore[arg-type]


def _share(one: RoundNote, key: str) -> float:
    return getattr(one, key) / max(1, (one.end_ns - one.start_ns) * one.cpus)


def _says(findings: Findings) -> str:
    summary, rounds = findings.summary, findings.manifest.rounds
    worst = max(range(len(rounds)), key=lambda index: _share(rounds[index], "foreign_cpu_ns"))
    told = f"{summary.disturbed_rounds} of {summary.rounds} rounds were disturbed (shaded)"
    most = percent(_share(rounds[worst], "foreign_cpu_ns"))
    return f"{told}; other programs took most in round {worst + 1}, {most} of the CPU time."


CHAPTER = Chapter(
    "timeline",
    "What else used the machine meanwhile?",
    "Share of the machine's CPU time that others took in each round. Over 1 % by the hypervisor or a CPU limit, or "
    "over 5 % by other programs, marks a round as disturbed; it is counted and kept.",
    draw,
    ("run.json",),
    wide=True,
)
