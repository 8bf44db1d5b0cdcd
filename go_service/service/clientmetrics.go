package service

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sidecar-ipc/gateway/go_service/client"
)

// clientMetrics shows the client's state when Prometheus asks, so that calls pay nothing for it. It implements
// prometheus.Collector.
type clientMetrics struct{ client *client.Client }

var (
	metricRetries   = clientMetric("retries_total", "Further tries of calls that had failed.")
	metricConnected = clientMetric("channel_connected", "1 while a channel has a connection; the first call makes it.", "channel")

	metricRunning      = clientMetric("native_calls_running", "Calls inside the in-process library.")
	metricRunningLimit = clientMetric("native_calls_running_limit", "Calls that may be inside the in-process library at once.")
	metricWaiting      = clientMetric("native_calls_waiting", "Calls that wait for the limiter of the in-process library.")
	metricWaitingLimit = clientMetric("native_calls_waiting_limit", "Calls that may wait for the limiter of the in-process library.")
	metricRefused      = clientMetric("native_calls_refused_total", "Calls that found no place to wait for the in-process library.")
)

func clientMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sidecar_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (c *clientMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{
		metricRetries, metricConnected, metricRunning, metricRunningLimit, metricWaiting, metricWaitingLimit, metricRefused,
	} {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (c *clientMetrics) Collect(metrics chan<- prometheus.Metric) {
	counter := func(metric *prometheus.Desc, value uint64) {
		metrics <- prometheus.MustNewConstMetric(metric, prometheus.CounterValue, float64(value))
	}
	gauge := func(metric *prometheus.Desc, value int, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(metric, prometheus.GaugeValue, float64(value), labels...)
	}
	counter(metricRetries, c.client.Retries())
	for channel, connected := range c.client.Connected() {
		gauge(metricConnected, oneIf(connected), string(channel))
	}
	state, ok := c.client.InprocState()
	if !ok {
		return
	}
	gauge(metricRunning, state.Running)
	gauge(metricRunningLimit, state.RunningLimit)
	gauge(metricWaiting, state.Waiting)
	gauge(metricWaitingLimit, state.WaitingLimit)
	counter(metricRefused, state.Refused)
}

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}
