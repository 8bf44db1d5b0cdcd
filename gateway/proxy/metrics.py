"""What Prometheus reads of a proxy. Loaded with `--metrics` only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

from gateway import __version__
from gateway.proxy.metrics_listener import Listener
from gateway.wire.lists_generated import CONTRACT_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.metrics_core import Metric

    from gateway.proxy.core import Core
    from gateway.proxy.spans import Spans
    from gateway.proxy.tally import Tally


class Metrics:
    """Reads counts and states when it is asked, so that calls pay for a count alone."""

    def __init__(self, core: Core, tally: Tally, spans: Spans | None) -> None:
        self._core = core
        self._tally = tally
        self._spans = spans

    def collect(self) -> Iterable[Metric]:
        """Every family; called by the thread of a scrape."""
        yield from (self._calls(), self._refused())
        yield from self._load()
        yield from self._upstreams()
        yield from self._process()

    def _calls(self) -> Metric:
        help_ = "Calls answered, by upstream and canonical gRPC code."
        family = CounterMetricFamily("sidecar_gateway_calls", help_, labels=("upstream", "code"))
        for labels, calls in self._tally.answered().items():
            family.add_metric(labels, calls)
        return family

    def _refused(self) -> Metric:
        help_ = "Calls that the proxy answered itself, by reason; no kernel has run."
        family = CounterMetricFamily("sidecar_gateway_refused", help_, labels=("reason",))
        for reason, calls in self._tally.refused().items():
            family.add_metric((reason,), calls)
        return family

    def _load(self) -> Iterable[Metric]:
        gate = self._core.gate
        yield GaugeMetricFamily("sidecar_gateway_calls_in_flight", "Calls in hand.", gate.in_flight)
        yield GaugeMetricFamily("sidecar_gateway_calls_limit", "Calls that may be in hand.", gate.max_in_flight)
        yield GaugeMetricFamily("sidecar_gateway_streams", "Open streams of frames.", len(self._core.sessions))

    def _upstreams(self) -> Iterable[Metric]:
        labels = ("upstream",)
        help_ = "1 while there is a connection that takes calls."
        connected = GaugeMetricFamily("sidecar_gateway_upstream_connected", help_, labels=labels)
        connects = CounterMetricFamily("sidecar_gateway_upstream_connects", "Connections made.", labels=labels)
        for upstream in self._core.routes.upstreams:
            connected.add_metric((upstream.name,), upstream.connection is not None)
            connects.add_metric((upstream.name,), upstream.connects)
        return connected, connects

    def _process(self) -> Iterable[Metric]:
        """What the worker and the service show of themselves too, by the same names."""
        dropped = 0 if self._spans is None else self._spans.dropped()
        build = {"role": "gateway", "version": __version__, "contract": CONTRACT_TEXT}
        help_ = "1 while the process finishes its calls and takes no more."
        yield GaugeMetricFamily("sidecar_draining", help_, self._core.gate.draining)
        yield CounterMetricFamily("sidecar_spans_dropped", "Spans that will not reach the trace backend.", dropped)
        yield InfoMetricFamily("sidecar_build", "What runs here.", build)


def listen(address: str, core: Core, tally: Tally, spans: Spans | None) -> Listener:
    """Serve on HOST:PORT; Refusal when that is not free."""
    registry = CollectorRegistry()
    registry.register(Metrics(core, tally, spans))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return Listener(address, registry)
