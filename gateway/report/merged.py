"""The report of several machines: one HTML file that needs nothing else. Pure: merged runs in, text out."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

from gateway import __version__
from gateway.bench.merge import AGREE, DISAGREE, PARTLY, to_json
from gateway.bench.merge_interval import MIN_MACHINES
from gateway.bench.verdict import INPROC, PROCESS
from gateway.report import merged_cells, palette, quantities, svg
from gateway.report.figures import machines as picture
from gateway.report.template import filled

if TYPE_CHECKING:
    from gateway.bench.merge import Merged, MergedScenario


def page(merged: Merged) -> str:
    """Return the whole report."""
    return filled("merged.html", _FILTERS, context(merged))


def context(merged: Merged) -> dict[str, Any]:
    """Return all that the template shows."""
    return {
        "merged": merged,
        "version": __version__,
        "colours": {"light": palette.css(palette.LIGHT), "dark": palette.css(palette.DARK)},
        "headline": headline(merged),
        "pictures": [(one, svg.inline(one)) for one in picture.charts(merged)],
        "rows": [_row(one) for one in merged.scenarios],
        "each": [row for one in merged.scenarios for row in _each(one)],
        "routes": [(one, route) for one in merged.scenarios for route in one.routes if route.speed_up.machines],
        "data": _embedded(merged),
        "MIN_MACHINES": MIN_MACHINES,
    }


def headline(merged: Merged) -> dict[str, tuple[str, str]]:
    """Return (verdict, sentence) by kernel: in how many of its scenarios machines agree, and where they do not."""
    kernels = dict.fromkeys(one.scenario.kernel for one in merged.scenarios if not one.priced)
    return {kernel: _sentence(kernel, merged) for kernel in kernels}


def _sentence(kernel: str, merged: Merged) -> tuple[str, str]:
    mine = [one for one in merged.scenarios if one.scenario.kernel == kernel]
    answers = {one.scenario.name: _headline(one, merged) for one in mine}
    agreed = [one for one in answers.values() if one.agreement in (AGREE, PARTLY)]
    disagreeing = [name for name, one in answers.items() if one.agreement == DISAGREE]
    verdicts = [one.verdict for one in agreed]
    many = f"of {len(mine)} scenarios" if len(mine) > 1 else "of one scenario"
    told = [f"{one} in {verdicts.count(one)} {many}" for one in dict.fromkeys(verdicts)]
    told += [f"machines disagree on {merged_cells.names(disagreeing)}"] if disagreeing else []
    rest = len(mine) - len(agreed) - len(disagreeing)
    told += [f"no machine can tell in {rest}"] if rest else []
    chosen = max(dict.fromkeys(verdicts), key=verdicts.count, default="inconclusive")
    return (chosen if not disagreeing else "inconclusive"), f"{kernel.capitalize()}: {'; '.join(told)}."


def _headline(one: MergedScenario, merged: Merged) -> Any:
    return one.with_isolation if merged.policy.isolation else one.fastest


def _row(one: MergedScenario) -> dict[str, Any]:
    """Return a line of the table of scenarios."""
    return {
        "name": one.scenario.name,
        "verdict": merged_cells.verdict(one),
        "class": "" if one.priced else one.fastest.verdict,
        "isolated": merged_cells.isolated(one),
        "who": merged_cells.who(one) if one.fastest.agreement == DISAGREE and not one.priced else "",
        "routes": [one.best(placement) for placement in (INPROC, PROCESS)],
    }


def _each(one: MergedScenario) -> list[dict[str, Any]]:
    """Return a line for each machine: its verdict, and its own ratio by the route that is best over all."""
    best = [one.best(placement) for placement in (INPROC, PROCESS)]
    return [
        {
            "name": one.scenario.name,
            "machine": verdict.machine,
            "verdict": "–" if one.priced else merged_cells.own(verdict),
            "class": "" if one.priced else verdict.fastest,
            "ratios": [route.speed_up.on.get(verdict.machine) if route else None for route in best],
        }
        for verdict in one.verdicts
    ]


def _embedded(merged: Merged) -> str:
    """Return summary.json as the address of a download, packed, so that the file that stands alone has its data."""
    content = json.dumps(to_json(merged), separators=(",", ":"), allow_nan=False).encode()
    return "data:application/gzip;base64," + base64.b64encode(gzip.compress(content, mtime=0)).decode()


def _times(interval: Any) -> str:
    from gateway.report import cells

    return cells.times(interval)


_FILTERS = {
    "ratio": quantities.ratio,
    "percent": quantities.percent,
    "signed_percent": quantities.signed_percent,
    "over": merged_cells.over,
    "ends": merged_cells.ends,
    "times": _times,
}
