package service

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sidecar-ipc/gateway/go_service/process"
	"github.com/sidecar-ipc/gateway/go_service/trace"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// metrics are what Prometheus reads. Labels take values from closed lists only, never from a request.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
}

func newMetrics(book *policies, exporter *trace.Exporter, ready *readiness) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sidecar_requests_total",
			Help: "Kernel requests answered, by canonical gRPC code."}, []string{"kernel", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "sidecar_request_duration_seconds",
			Help:    "Time from a request's body in hand to its answer.",
			Buckets: prometheus.ExponentialBuckets(10e-6, 2.5, 16)}, []string{"kernel", "route"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "sidecar_requests_in_flight",
			Help: "Kernel requests being worked on."}, []string{"kernel"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, &policyMetrics{book}, &clientMetrics{book.client},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registerProcess(exporter, ready)
	return m
}

// registerProcess shows what the worker and the proxy show of themselves too, by the same names.
func (m *metrics) registerProcess(exporter *trace.Exporter, ready *readiness) {
	build := prometheus.Labels{"role": role, "version": process.Version, "contract": wire.ContractText}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sidecar_build_info", Help: "What runs here.", ConstLabels: build},
			func() float64 { return 1 }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sidecar_draining", Help: "1 while the process finishes its calls and takes no more."},
			func() float64 { return float64(oneIf(ready.draining.Load())) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "sidecar_spans_dropped_total", Help: "Spans that will not reach the trace backend."},
			func() float64 { return float64(exporter.Dropped()) }),
	)
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// observe counts one answered request.
func (m *metrics) observe(kernel, route, code string, took time.Duration) {
	m.requests.WithLabelValues(kernel, route, code).Inc()
	m.duration.WithLabelValues(kernel, route).Observe(took.Seconds())
}
