"""The pictures of a report: a noun a file, each a function of findings. This is their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.report.figures import (
    break_even,
    containers,
    control,
    estimators,
    floors,
    gc,
    journeys,
    load,
    percentiles,
    regions,
    resources,
    stages,
    timeline,
    tracing_price,
)

if TYPE_CHECKING:
    from gateway.report.chart import Chapter

REGIONS = regions.CHAPTER
"""The picture of the first screen."""
CHAPTERS: tuple[Chapter, ...] = (
    break_even.CHAPTER,
    stages.CHAPTER,
    percentiles.CHAPTER,
    load.CHAPTER,
    journeys.CHAPTER,
    resources.CHAPTER,
    gc.CHAPTER,
    containers.CHAPTER,
    floors.CHAPTER,
    estimators.CHAPTER,
    tracing_price.CHAPTER,
    control.CHAPTER,
    timeline.CHAPTER,
)
