"""A call's stages drawn as a waterfall of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report.quantities import duration, percent
from gateway.wire.lists_generated import HOP_STAGES, STAGES

if TYPE_CHECKING:
    from gateway.traces.stages import CallStages

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NAME_WIDTH = 1 + max(len(stage.name) for stage in (*STAGES, *HOP_STAGES))
_LABELS_WIDTH = _NAME_WIDTH + 21
_MIN_BAR_WIDTH = 12


def render(call: CallStages, width: int = 80) -> str:
    """Draw `call` in at most `width` columns, a line a stage, then what no stage explains and the total."""
    bar_width = max(_MIN_BAR_WIDTH, width - _LABELS_WIDTH)
    lines = [
        _line(
            stage.name,
            stage.duration_ns,
            call.total_ns,
            bar(stage.offset_ns, stage.duration_ns, call.total_ns, bar_width),
        )
        for stage in call.stages
    ]
    lines.append(_line("unexplained", call.residual_ns, call.total_ns, ""))
    lines.append(f"{'total':<{_NAME_WIDTH}}{duration(call.total_ns):>10}")
    return "\n".join(lines)


def _line(name: str, value_ns: float, total_ns: float, bar: str) -> str:
    share = percent(value_ns / total_ns) if total_ns else "–"
    return f"{name:<{_NAME_WIDTH}}{duration(value_ns):>10}{share:>9}  {bar}".rstrip()


def bar(offset_ns: float, duration_ns: float, total_ns: float, width: int) -> str:
    """Draw a bar of a whole of `width` columns, to an eighth of one at its end and a whole one at its start."""
    if total_ns <= 0 or duration_ns <= 0:
        return ""
    start = min(width - 1, int(offset_ns / total_ns * width))
    eighths = max(1, round((offset_ns + duration_ns) / total_ns * width * 8) - start * 8)
    full, rest = divmod(min(eighths, (width - start) * 8), 8)
    return " " * start + "█" * full + (_EIGHTHS[rest] if rest else "")
