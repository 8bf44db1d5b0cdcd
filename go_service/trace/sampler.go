package trace

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// samplerOf reads OTEL_TRACES_SAMPLER and its ARG as OpenTelemetry's SDK configuration says: parentbased_always_on
// without it. What can't be read is told and taken as that.
func samplerOf() sdktrace.Sampler {
	name := strings.ToLower(strings.TrimSpace(os.Getenv("OTEL_TRACES_SAMPLER")))
	below, parentBased := strings.CutPrefix(name, "parentbased_")
	var sampler sdktrace.Sampler
	switch below {
	case "always_on":
		sampler = sdktrace.AlwaysSample()
	case "always_off":
		sampler = sdktrace.NeverSample()
	case "traceidratio":
		sampler = sdktrace.TraceIDRatioBased(samplerRatio())
	default:
		if name != "" {
			slog.Warn("OTEL_TRACES_SAMPLER is none that is known here; parentbased_always_on is used", "given", name)
		}
		sampler, parentBased = sdktrace.AlwaysSample(), true
	}
	if parentBased {
		return sdktrace.ParentBased(sampler)
	}
	return sampler
}

// samplerRatio reads OTEL_TRACES_SAMPLER_ARG; all without it.
func samplerRatio() float64 {
	given := strings.TrimSpace(os.Getenv("OTEL_TRACES_SAMPLER_ARG"))
	ratio, err := strconv.ParseFloat(given, 64)
	if given != "" && (err != nil || ratio < 0 || ratio > 1) {
		slog.Warn("OTEL_TRACES_SAMPLER_ARG is no share from 0 to 1; every trace is sampled", "given", given)
	}
	if err != nil || ratio < 0 || ratio > 1 {
		return 1
	}
	return ratio
}

// StartRequest gives the context of a request's server span, below the caller's or as a root where the caller's is
// invalid. Where the sampler wants no span it is the caller's own with a clear flag, and where nothing is exported the
// caller's as it came.
func (e *Exporter) StartRequest(caller oteltrace.SpanContext) oteltrace.SpanContext {
	if e == nil {
		return caller
	}
	id := caller.TraceID()
	if !caller.IsValid() {
		id = NewTraceID()
	}
	around := oteltrace.ContextWithRemoteSpanContext(context.Background(), caller)
	decided := e.sampler.ShouldSample(sdktrace.SamplingParameters{ParentContext: around, TraceID: id})
	if decided.Decision != sdktrace.RecordAndSample {
		return caller.WithTraceFlags(caller.TraceFlags().WithSampled(false))
	}
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: id, SpanID: NewSpanID(), TraceFlags: caller.TraceFlags().WithSampled(true), TraceState: decided.Tracestate,
	})
}
