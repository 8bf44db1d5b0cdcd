package service

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/sidecar-ipc/gateway/go_service/client"
)

// policyMetrics shows the client's counts when Prometheus asks, so that calls pay nothing for them. It implements
// prometheus.Collector.
type policyMetrics struct{ policies *policies }

func policyMetric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("sidecar_policy_"+name, help, append([]string{"kernel"}, labels...), nil)
}

var (
	metricCalls      = policyMetric("calls_total", "Calls by what the policy decided: moved to its route, or native.", "decision")
	metricFailed     = policyMetric("route_failures_total", "Calls by the policy's route that failed by the route's own fault.")
	metricFallbacks  = policyMetric("fallbacks_total", "Failed calls by the route that native answered.")
	metricShadows    = policyMetric("shadow_calls_total", "Shadow calls begun.")
	metricShadowFail = policyMetric("shadow_failures_total", "Shadow calls that gave nothing to compare.")
	metricDrops      = policyMetric("shadow_drops_total", "Shadow calls not made because too many ran.")
	metricMismatches = policyMetric("shadow_mismatches_total", "Shadow calls whose answer differs from the native one.")
	metricRollbacks  = policyMetric("rollbacks_total", "Automatic rollbacks, by the measure that passed its bound.", "measure")
	metricVersion    = policyMetric("version", "Number of the policy in force; every change adds one.")
	metricPercent    = policyMetric("percent", "Percentage of callers that are moved just now; 0 when killed or rolled back.")
	metricState      = policyMetric("state", "1 for the state the policy is in.", "state")

	metricFileError  = prometheus.NewDesc("sidecar_policy_file_error", "1 while the policy file has an error and the last good one is in force.", nil, nil)
	metricFileErrors = prometheus.NewDesc("sidecar_policy_file_errors_total", "Contents of the policy file that were refused.", nil, nil)
)

// Describe implements prometheus.Collector.
func (p *policyMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, description := range []*prometheus.Desc{
		metricCalls, metricFailed, metricFallbacks, metricShadows, metricShadowFail, metricDrops, metricMismatches, metricRollbacks,
		metricVersion, metricPercent, metricState, metricFileError, metricFileErrors,
	} {
		descriptions <- description
	}
}

// Collect implements prometheus.Collector.
func (p *policyMetrics) Collect(metrics chan<- prometheus.Metric) {
	for _, status := range p.policies.client.Policies() {
		collectCounts(metrics, &status)
		collectState(metrics, &status)
	}
	if p.policies.path == "" {
		return
	}
	current, total := p.policies.fileFailures()
	metrics <- prometheus.MustNewConstMetric(metricFileError, prometheus.GaugeValue, float64(current))
	metrics <- prometheus.MustNewConstMetric(metricFileErrors, prometheus.CounterValue, float64(total))
}

func collectCounts(metrics chan<- prometheus.Metric, status *client.PolicyStatus) {
	count := func(metric *prometheus.Desc, value uint64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(metric, prometheus.CounterValue, float64(value), append([]string{status.Kernel}, labels...)...)
	}
	counts := &status.Counts
	count(metricCalls, counts.Moved, "moved")
	count(metricCalls, counts.Native, "native")
	count(metricFailed, counts.Failed)
	count(metricFallbacks, counts.Fallbacks)
	count(metricShadows, counts.Shadows)
	count(metricShadowFail, counts.ShadowFailed)
	count(metricDrops, counts.Dropped)
	count(metricMismatches, counts.Mismatches)
	for measure, rollbacks := range counts.Rollbacks {
		count(metricRollbacks, rollbacks, string(measure))
	}
}

func collectState(metrics chan<- prometheus.Metric, status *client.PolicyStatus) {
	gauge := func(metric *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(metric, prometheus.GaugeValue, value, append([]string{status.Kernel}, labels...)...)
	}
	gauge(metricVersion, float64(status.Version))
	percent := 0.0
	if status.State == client.PolicyActive {
		percent = status.Policy.Percent
	}
	gauge(metricPercent, percent)
	for _, state := range []client.PolicyState{client.PolicyActive, client.PolicyKilled, client.PolicyRolledBack} {
		value := 0.0
		if state == status.State {
			value = 1
		}
		gauge(metricState, value, string(state))
	}
}
