"""The proxy's spans leave or are counted, one by one, and never hold it up."""

from __future__ import annotations

import logging
import time

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from gateway.proxy import ledger, passage
from gateway.proxy.ledger import Ledger
from gateway.proxy.passage import Passage


class Taker(SpanExporter):
    """A receiver that takes its time, and then answers so, or raises."""

    def __init__(self, answer: SpanExportResult | Exception, takes_s: float = 0.0) -> None:
        self.answer = answer
        self.takes_s = takes_s
        self.taken = 0

    def export(self, spans: object) -> SpanExportResult:
        time.sleep(self.takes_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        self.taken += len(spans)  # type: ignore[arg-type]
        return self.answer


def make(count: int, taker: Taker, *, end: bool = True) -> tuple[Ledger, Passage]:
    losses = Ledger()
    way = Passage(taker, losses)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(way)
    tracer = provider.get_tracer("test")
    for _ in range(count):
        tracer.start_span("one").end()
    if end:
        way.end()
    return losses, way


def test_what_the_receiver_takes_is_not_lost() -> None:
    taker = Taker(SpanExportResult.SUCCESS)
    losses, _ = make(1000, taker)
    assert (taker.taken, losses.dropped) == (1000, 0)


@pytest.mark.parametrize("answer", [SpanExportResult.FAILURE, ValueError("a closed channel")])
def test_what_it_refuses_is_counted(answer: SpanExportResult | Exception) -> None:
    losses, _ = make(1000, Taker(answer))
    assert losses.dropped == 1000


def test_over_the_queue_spans_are_dropped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "600")
    began = time.monotonic()
    losses, way = make(5000, Taker(SpanExportResult.SUCCESS, takes_s=60), end=False)
    assert time.monotonic() - began < 5
    assert losses.dropped == 5000 - 600
    monkeypatch.setattr(passage, "FLUSH_S", 0.1)
    began = time.monotonic()
    way.end()
    assert time.monotonic() - began < 2
    assert losses.dropped == 5000


def test_a_span_after_the_end_is_counted_too() -> None:
    losses, way = make(1, Taker(SpanExportResult.SUCCESS))
    way.on_end(None)  # type: ignore[arg-type]
    assert losses.dropped == 1


def test_drops_are_told_at_once_then_at_intervals_and_at_the_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "TELL_EVERY_S", 0.05)
    losses = Ledger()
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            losses.lose(1, "a test")
        time.sleep(0.06)
        losses.lose(1, "a test")
        losses.lose(1, "a test")
        losses.tell("the end")
        losses.tell("the end")
    told = [record.args[0] for record in caplog.records]  # type: ignore[index]
    assert told == [1, 101, 102]


@pytest.mark.parametrize(("given", "room"), [("", 2048), ("7", 7), ("0", 2048), ("many", 2048), ("-1", 2048)])
def test_the_queue_has_the_size_of_the_environment(given: str, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", given)
    assert passage.room() == room
