"""What a self-check found, as text and as JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.bench.selfcheck import (
    FEWEST_FALSE,
    LEAST_FOUND,
    MOST_FALSE,
    NOMINAL,
    Rate,
    Rates,
    Trial,
    by_route,
    judge,
)
from gateway.report.quantities import duration, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.bench.selfcheck_trials import Plant

_ALL = "all"
_WIDTHS = (20, 9, 26, 26, 9, 10)


def text(trials: list[Trial], plants: Mapping[str, Plant], share: float, took_s: float) -> str:
    """Return the rates of each route and of all, the bounds, and whether they hold."""
    rows = [*by_route(trials), Rates.of(_ALL, trials)]
    outcome, why = judge(rows[-1])
    planted = [
        f"  {route}: {one.steps} steps on a call of {duration(one.call_ns)}, {one.step_ns:.2f} ns a step"
        for route, one in plants.items()
    ]
    return "\n".join(
        [
            _line("route", "trials", "false alarms", f"+{percent(share, 0)} found", "too few", "disturbed"),
            *(_row(one) for one in rows),
            "",
            f"planted, {percent(share, 0)} of a call:",
            *planted,
            f"bounds: false alarms {percent(FEWEST_FALSE, 0)} to {percent(MOST_FALSE, 0)} at the nominal "
            f"{percent(NOMINAL, 0)}, found at least {percent(LEAST_FOUND, 0)}; intervals in brackets are exact, 95 %",
            f"took {took_s:.0f} s",
            f"{outcome}: {why}",
        ]
    )


def document(
    trials: list[Trial], plants: Mapping[str, Plant], share: float, took_s: float, command: list[str]
) -> dict[str, Any]:
    """Return everything as JSON values, every trial's intervals among them."""
    total = Rates.of(_ALL, trials)
    outcome, why = judge(total)
    return {
        "command": command,
        "outcome": outcome,
        "why": why,
        "planted_share": share,
        "took_s": took_s,
        "planted": {route: asdict(one) for route, one in plants.items()},
        "rates": [asdict(one) for one in (*by_route(trials), total)],
        "trials": [asdict(one) for one in trials],
    }


def _row(one: Rates) -> str:
    return _line(one.route, one.trials, _rate(one.false_alarms), _rate(one.found), one.too_few, one.disturbed)


def _rate(one: Rate) -> str:
    if not one.trials:
        return "–"
    return f"{one.count} of {one.trials} [{percent(one.low)} – {percent(one.high)}]"


def _line(*cells: object) -> str:
    return "  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
