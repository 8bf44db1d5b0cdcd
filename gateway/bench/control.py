"""The A/A control: which case is measured twice in every round. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bench.plan import Case


def pair(cases: Sequence[Case]) -> tuple[int, int]:
    """Return the indices of the control and of the case that it repeats."""
    control = next(index for index, case in enumerate(cases) if case.control)
    same = _what(cases[control])
    return control, next(index for index, case in enumerate(cases) if not case.control and _what(case) == same)


def _what(case: Case) -> tuple[object, ...]:
    return case.scenario, case.route, case.target
