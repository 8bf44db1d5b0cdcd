"""What each machine says of a kernel's typical call, and all together: a dot a machine. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import axes, merged_cells, rows
from gateway.report.chart import Chart
from gateway.report.names import anchor
from gateway.report.palette import LIGHT, PLACEMENTS
from gateway.report.quantities import percent, ratio, tick_ratio
from gateway.report.subjects import TYPICAL_BYTES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gateway.bench.merge import Merged, MergedRoute, MergedScenario

_MOST_MACHINES = 24
_LONGEST = 22
_ALL = "all machines"


def charts(merged: Merged) -> list[Chart]:
    """Return a picture for each kernel to decide about, of its plain scenario nearest to 4 KiB."""
    drawn = (_chart(one, merged) for one in _typical(merged))
    return [one for one in drawn if one]


def _typical(merged: Merged) -> list[MergedScenario]:
    kernels = dict.fromkeys(one.scenario.kernel for one in merged.scenarios if not one.priced)
    plain = [one for one in merged.scenarios if one.scenario.alone]
    found = ([one for one in plain if one.scenario.kernel == kernel] for kernel in kernels)
    return [min(some, key=lambda one: abs(one.scenario.size_bytes - TYPICAL_BYTES)) for some in found if some]


def _chart(scenario: MergedScenario, merged: Merged) -> Chart | None:
    routes = [best for placement in (INPROC, PROCESS) if (best := scenario.best(placement))]
    machines = _shown(routes)
    if not machines:
        return None
    name = f"machines-{anchor(scenario.scenario.name)}"
    made = rows.rows([*(_short(one) for one in machines), _ALL], axes.WIDE, right=24)
    threshold = 1 + merged.policy.minimum_gain
    _scale(made, routes, threshold)
    made.axvline(threshold, color=LIGHT["soft"], linewidth=1, linestyle=(0, (4, 3)))
    made.axhline(len(machines) - 0.5, color=LIGHT["line"], linewidth=1)
    tips: dict[str, str] = {}
    for route in routes:
        tips |= _draw(made, route, machines, name)
    axes.name_x(made, f"best Go's time over the route's; dashed: your {percent(merged.policy.minimum_gain, 0)}")
    return Chart(name, scenario.scenario.name, made.figure, _says(routes), tips)  # type: ignore[arg-type]


def _shown(routes: list[MergedRoute]) -> list[str]:
    """Return the machines to draw, those that are fastest by the first route on top; of many the ends of both sides."""
    found = {name: one.estimate for route in reversed(routes) for name, one in route.speed_up.on.items()}
    ranked = sorted(found, key=lambda name: -found[name])
    half = _MOST_MACHINES // 2
    return ranked if len(ranked) <= _MOST_MACHINES else [*ranked[:half], *ranked[-half:]]


def _scale(made: Axes, routes: list[MergedRoute], threshold: float) -> None:
    ends = [end for route in routes for one in route.speed_up.on.values() for end in (one.low, one.high, one.estimate)]
    ends += [end for route in routes for end in (route.speed_up.low, route.speed_up.high, threshold)]
    known = [end for end in ends if end is not None and end > 0]
    axes.log_decades(made.xaxis, min(known) / 1.25, max(known) * 1.25, tick_ratio)


def _draw(made: Axes, route: MergedRoute, machines: list[str], name: str) -> dict[str, str]:
    """Draw a route's dots, its mean over machines below them, and return what each mark says."""
    role, found = PLACEMENTS[route.placement], route.speed_up
    tips: dict[str, str] = {}
    for row, machine in enumerate(machines):
        one = found.on.get(machine)
        if one is not None:
            gid = f"{name}-{route.placement}-{row}"
            rows.dot(made, one.estimate, row, role, gid, rows.ends_of(one))
            tips[gid] = f"{machine}: {ratio(one.estimate)} by {route.route}"
    gid = f"{name}-{route.placement}-all"
    ends = (found.low, found.high) if found.low is not None and found.high is not None else None
    rows.dot(made, found.estimate, len(machines), role, gid, ends)
    tips[gid] = f"{_ALL}: {merged_cells.over(route)} by {route.route}"
    return tips


def _says(routes: list[MergedRoute]) -> str:
    told = []
    for one in routes:
        differ = ", more than their rounds explain" if one.speed_up.differ else ""
        between = f": {merged_cells.ends(one.speed_up)}{differ}" if one.speed_up.machines > 1 else ""
        told.append(f"{one.route} {merged_cells.over(one)}{between}.")
    return " ".join(told)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"…{name[-_LONGEST + 1 :]}"
