"""One trace: its spans, and what they are of. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gateway.traces import tree
from gateway.wire.lists_generated import ATTRIBUTE_KERNEL, ATTRIBUTE_ROUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.traces.spans import Span


@dataclass(frozen=True)
class Trace:
    """The spans of one trace id, at least one, by start."""

    trace_id: str
    spans: tuple[Span, ...]

    @property
    def top(self) -> Span:
        """The span above all others; of several the first."""
        return tree.in_order(self.spans)[0][0] if tree.in_order(self.spans) else self.spans[0]

    @property
    def kernel(self) -> str:
        """The kernel that was called; empty where no span says so."""
        return self._first(ATTRIBUTE_KERNEL)

    @property
    def route(self) -> str:
        """The caller's route, not that of a hop behind; empty where no span says so."""
        return self._first(ATTRIBUTE_ROUTE)

    @property
    def services(self) -> tuple[str, ...]:
        """Who exported spans, from the caller on."""
        return tuple(dict.fromkeys(span.service for span, _ in tree.in_order(self.spans)))

    @property
    def duration_ns(self) -> int:
        """From the first start to the last end."""
        return max(span.end_ns for span in self.spans) - self.spans[0].start_ns

    @property
    def caller(self) -> str:
        """The span above the trace whose process exports elsewhere; empty for a root."""
        return tree.caller_of(self.spans)

    @property
    def defects(self) -> list[str]:
        """What is wrong with it, a sentence each."""
        return tree.defects(self.spans, self.caller)

    def summary(self) -> dict[str, Any]:
        """Return what a list says of it, as JSON has it."""
        return {
            "trace_id": self.trace_id,
            "name": self.top.name,
            "kernel": self.kernel,
            "route": self.route,
            "services": list(self.services),
            "start_ns": self.spans[0].start_ns,
            "duration_ns": self.duration_ns,
            "spans": len(self.spans),
            "defects": self.defects,
        }

    def whole(self) -> dict[str, Any]:
        """Return all of it, as JSON has it."""
        return {**self.summary(), "spans": [asdict(span) for span in self.spans]}

    def _first(self, attribute: str) -> str:
        found = (str(span.attributes[attribute]) for span in self.spans if attribute in span.attributes)
        return next(found, "")


def by_id(spans: Iterable[Span]) -> list[Trace]:
    """Return the traces of spans, by start."""
    grouped: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.start_ns, -span.end_ns)):
        grouped.setdefault(span.trace_id, []).append(span)
    return [Trace(trace_id, tuple(mine)) for trace_id, mine in grouped.items()]
