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

// inprocLoad is what bounds native calls; client.Client has it.
type inprocLoad interface {
	InprocLoad() (running, waiting int, ok bool)
}

func newMetrics(native inprocLoad, book *policies) *metrics {
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
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, &policyMetrics{book},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registerLimiter(native)
	return m
}

// registerLimiter shows the limiter of calls in process, where the build has that channel.
func (m *metrics) registerLimiter(native inprocLoad) {
	if _, _, ok := native.InprocLoad(); !ok {
		return
	}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sidecar_native_calls_running",
			Help: "Calls inside the in-process library."}, func() float64 {
			running, _, _ := native.InprocLoad()
			return float64(running)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "sidecar_native_calls_waiting",
			Help: "Calls that wait for the limiter of the in-process library."}, func() float64 {
			_, waiting, _ := native.InprocLoad()
			return float64(waiting)
		}),
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
