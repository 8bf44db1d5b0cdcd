package trace

import (
	"testing"

	oteltrace "go.opentelemetry.io/otel/trace"
)

func callersContext(flags oteltrace.TraceFlags) oteltrace.SpanContext {
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: NewTraceID(), SpanID: NewSpanID(), TraceFlags: flags, Remote: true})
}

func TestTheSamplerOfTheEnvironmentDecidesAsOpenTelemetrySays(t *testing.T) {
	for _, test := range []struct {
		sampler, argument       string
		root, sampled, unwanted bool // a span for a request without a trace, with a sampled one, with an unsampled one
	}{
		{"", "", true, true, false},
		{"parentbased_always_on", "", true, true, false},
		{"parentbased_always_off", "", false, true, false},
		{"parentbased_traceidratio", "0", false, true, false},
		{"parentbased_traceidratio", "1", true, true, false},
		{"always_on", "", true, true, true},
		{"always_off", "", false, false, false},
		{"traceidratio", "0", false, false, false},
		{"traceidratio", "", true, true, true},
		{"traceidratio", "seven", true, true, true},
		{"no such sampler", "", true, true, false},
	} {
		t.Run(test.sampler+" "+test.argument, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_SAMPLER", test.sampler)
			t.Setenv("OTEL_TRACES_SAMPLER_ARG", test.argument)
			exporter := &Exporter{sampler: samplerOf()}
			for name, one := range map[string]struct {
				caller oteltrace.SpanContext
				want   bool
			}{
				"without a trace": {oteltrace.SpanContext{}, test.root},
				"sampled":         {callersContext(oteltrace.FlagsSampled), test.sampled},
				"unsampled":       {callersContext(0), test.unwanted},
			} {
				assertStarted(t, name, exporter.StartRequest(one.caller), one.caller, one.want)
			}
		})
	}
}

// assertStarted holds that a wanted span has the caller's trace and an id of its own, and that an unwanted one leaves
// the caller's context as it is, with a clear flag.
func assertStarted(t *testing.T, name string, own, caller oteltrace.SpanContext, want bool) {
	t.Helper()
	if own.IsSampled() != want {
		t.Errorf("%s: sampled %v, want %v", name, own.IsSampled(), want)
	}
	if caller.IsValid() && own.TraceID() != caller.TraceID() {
		t.Errorf("%s: another trace", name)
	}
	if itsOwn := own.SpanID() != caller.SpanID(); itsOwn != want {
		t.Errorf("%s: an id of its own: %v", name, itsOwn)
	}
}

func TestARatioTakesSoManyOfTheTracesThatBeginHere(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
	for _, ratio := range []struct {
		argument string
		share    float64
	}{{"0.5", 0.5}, {"0.002", 0.002}} {
		t.Setenv("OTEL_TRACES_SAMPLER_ARG", ratio.argument)
		exporter, taken := &Exporter{sampler: samplerOf()}, 0
		const traces = 500_000
		for range traces {
			if exporter.StartRequest(oteltrace.SpanContext{}).IsSampled() {
				taken++
			}
		}
		if share := float64(taken) / traces; share < 0.8*ratio.share || share > 1.2*ratio.share {
			t.Errorf("ratio %s took %v of the traces", ratio.argument, share)
		}
	}
}

func TestWithoutAReceiverTheCallersContextGoesOnAsItCame(t *testing.T) {
	caller := callersContext(oteltrace.FlagsSampled)
	if own := (*Exporter)(nil).StartRequest(caller); !own.Equal(caller) {
		t.Errorf("got %v", own)
	}
}
