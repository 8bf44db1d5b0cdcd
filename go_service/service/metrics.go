package service

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what Prometheus reads. Labels take values from closed lists only, never from a request.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
}

func newMetrics() *metrics {
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
	m.registry.MustRegister(m.requests, m.duration, m.inFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// observe counts one answered request.
func (m *metrics) observe(kernel, route, code string, took time.Duration) {
	m.requests.WithLabelValues(kernel, route, code).Inc()
	m.duration.WithLabelValues(kernel, route).Observe(took.Seconds())
}
