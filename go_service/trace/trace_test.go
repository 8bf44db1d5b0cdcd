package trace

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	oteltrace "go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/trace/tracetest"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	method  = "kernels.v1.RedactService/Redact"
	baseNs  = uint64(5_000_000_000)
	offset  = uint64(1_700_000_000_000_000_000)
	service = "sidecar-driver"
	sampled = byte(oteltrace.FlagsSampled)
)

// answeredCall has stages of 2 to 9 µs from encode on, in their order, and a residual of 7 ns.
func answeredCall(flags byte) *client.Finished {
	route, _ := wire.ParseRoute("uds/msgpack")
	seen := &client.Observation{
		Route: route, RequestBytes: 100, ReplyBytes: 90, KernelVersion: 1 << 16,
		Trace: wire.NewTraceContext(NewTraceID(), NewSpanID(), flags), StartNs: baseNs,
	}
	at := baseNs
	for stage := wire.StageEncode; stage < wire.StageCount; stage++ {
		seen.Stamps[wire.StageStamps[stage][0]] = at
		at += 1000 * uint64(stage+1)
		seen.Stamps[wire.StageStamps[stage][1]] = at
	}
	seen.Stamps[wire.T3] = seen.Stamps[wire.T2] + 400
	seen.EndNs = at + 7
	return &client.Finished{Kernel: wire.KernelRedact, Observation: seen}
}

// export runs send against a receiver and gives back what arrived.
func export(t *testing.T, send func(*Exporter)) *tracetest.Receiver {
	t.Helper()
	receiver := tracetest.Start(t)
	exporter, err := NewExporter(t.Context(), service, int64(offset))
	if err != nil {
		t.Fatal(err)
	}
	send(exporter)
	if err := exporter.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if dropped := exporter.Dropped(); dropped != 0 {
		t.Errorf("%d spans were dropped", dropped)
	}
	return receiver
}

func spanID(call *client.Finished) string {
	return spanContext(&call.Observation.Trace).SpanID().String()
}

func only(t *testing.T, spans []tracetest.Span) tracetest.Span {
	t.Helper()
	if len(spans) != 1 {
		t.Fatalf("%d spans, want one", len(spans))
	}
	return spans[0]
}

func TestASampledCallIsAClientSpanWithTheCallersStagesAndNothingOfTheWorkers(t *testing.T) {
	call := answeredCall(sampled)
	receiver := export(t, func(e *Exporter) { e.Export(oteltrace.SpanContext{}, call) })
	caller := only(t, receiver.Named(service, method))
	if caller.ID() != spanID(call) || caller.ParentID() != "" || caller.GetKind().String() != "SPAN_KIND_CLIENT" {
		t.Errorf("client span %s below %q of kind %s", caller.ID(), caller.ParentID(), caller.GetKind())
	}
	if got, want := caller.GetStartTimeUnixNano(), baseNs+offset; got != want {
		t.Errorf("starts at %d, want the stamp t1 plus the clock offset, %d", got, want)
	}
	if residual := caller.IntAttribute(wire.AttributeResidualNs); residual != 7 {
		t.Errorf("residual %d ns, want 7", residual)
	}
	if len(receiver.Spans()) != 1+len(callerStages) {
		t.Errorf("%d spans, want the client span and %d stages", len(receiver.Spans()), len(callerStages))
	}
	for _, stage := range callerStages {
		assertStage(t, only(t, receiver.Named(service, stage.String())), stage, caller)
	}
}

func assertStage(t *testing.T, span tracetest.Span, stage wire.Stage, parent tracetest.Span) {
	t.Helper()
	if got, want := span.GetEndTimeUnixNano()-span.GetStartTimeUnixNano(), uint64(1000*(stage+1)); got != want {
		t.Errorf("%s took %d ns, want %d", stage, got, want)
	}
	if span.ParentID() != parent.ID() || string(span.GetTraceId()) != string(parent.GetTraceId()) {
		t.Errorf("%s stands below %s, want %s", stage, span.ParentID(), parent.ID())
	}
}

func TestAPickedCallIsReconstructedWithTheWorkersPartUnderTheWorkersName(t *testing.T) {
	call := answeredCall(0)
	receiver := export(t, func(e *Exporter) { e.Reconstruct(call) })
	caller, server := only(t, receiver.Named(service, method)), only(t, receiver.Named(WorkerServiceName, method))
	if server.ParentID() != caller.ID() || server.GetKind().String() != "SPAN_KIND_SERVER" {
		t.Errorf("server span of kind %s below %q, want below %s", server.GetKind(), server.ParentID(), caller.ID())
	}
	for _, stage := range workerStages {
		assertStage(t, only(t, receiver.Named(WorkerServiceName, stage.String())), stage, server)
	}
	for _, span := range receiver.Spans() {
		if _, marked := span.Attribute(wire.AttributeReconstructed); !marked {
			t.Errorf("%s of %s is not marked as reconstructed", span.GetName(), span.Service)
		}
	}
}

// throughProxy puts one hop on the way, whose stages take 1 µs each where the wire stage has room for it.
func throughProxy(call *client.Finished, hops int) *client.Finished {
	seen := call.Observation
	p0, p2 := seen.Stamps[wire.T2]+1000, seen.Stamps[wire.T8]+1000
	for range hops {
		seen.HopsNs = append(seen.HopsNs, p0, p0+500, p2, p2+500)
	}
	return call
}

func TestAHopSplitsTheWireStagesInThreeThatAddUp(t *testing.T) {
	call := throughProxy(answeredCall(0), 1)
	receiver := export(t, func(e *Exporter) { e.Reconstruct(call) })
	caller := only(t, receiver.Named(service, method))
	lengths := map[wire.Stage]uint64{}
	for _, hop := range wire.HopStages {
		span := only(t, receiver.Named(service, hop.Name))
		lengths[hop.Of] += span.GetEndTimeUnixNano() - span.GetStartTimeUnixNano()
		if named, _ := span.Attribute(wire.AttributeStage); !strings.Contains(named, hop.Name) || span.ParentID() != caller.ID() {
			t.Errorf("%s is called %s and stands below %s", hop.Name, named, span.ParentID())
		}
	}
	for _, stage := range []wire.Stage{wire.StageRequestWire, wire.StageReplyWire} {
		if whole := uint64(1000 * (stage + 1)); lengths[stage] != whole {
			t.Errorf("the parts of %s take %d ns, the whole %d", stage, lengths[stage], whole)
		}
		if whole := receiver.Named(service, stage.String()); len(whole) != 0 {
			t.Errorf("%s is there beside its parts", stage)
		}
	}
}

func TestSeveralHopsLeaveTheWireStagesWhole(t *testing.T) {
	receiver := export(t, func(e *Exporter) { e.Reconstruct(throughProxy(answeredCall(0), 2)) })
	for _, stage := range callerStages {
		only(t, receiver.Named(service, stage.String()))
	}
	if parts := receiver.Named(service, wire.HopStages[0].Name); len(parts) != 0 {
		t.Error("a wire stage was split by a hop that is one of two")
	}
}

func TestACallWithAClearFlagExportsNothing(t *testing.T) {
	receiver := export(t, func(e *Exporter) { e.Export(oteltrace.SpanContext{}, answeredCall(0)) })
	if got := len(receiver.Spans()); got != 0 {
		t.Errorf("%d spans arrived", got)
	}
}

func TestAFailedCallShowsItsReasonAndOnlyTheStagesThatItReached(t *testing.T) {
	call := answeredCall(sampled)
	call.Err = wire.Fail(wire.ReasonWorkerDied, "")
	clear(call.Observation.Stamps[wire.T4:])
	receiver := export(t, func(e *Exporter) { e.Export(oteltrace.SpanContext{}, call) })
	caller := only(t, receiver.Named(service, method))
	if reason, _ := caller.Attribute(wire.AttributeReason); !strings.Contains(reason, "WORKER_DIED") {
		t.Errorf("reason %q", reason)
	}
	if caller.GetStatus().GetCode().String() != "STATUS_CODE_ERROR" {
		t.Errorf("status %s", caller.GetStatus())
	}
	if _, known := caller.Attribute(wire.AttributeResidualNs); known {
		t.Error("a residual is stated though stamps are missing")
	}
	if got := len(receiver.Spans()); got != 2 {
		t.Errorf("%d spans, want the client span and encode", got)
	}
}

func TestACallBelowAnotherSpanNamesItAsItsParent(t *testing.T) {
	call := answeredCall(sampled)
	tracestate, err := oteltrace.ParseTraceState("vendor=1")
	if err != nil {
		t.Fatal(err)
	}
	parent := spanContext(&call.Observation.Trace).WithSpanID(NewSpanID()).WithTraceState(tracestate)
	receiver := export(t, func(e *Exporter) { e.Export(parent, call) })
	caller := only(t, receiver.Named(service, method))
	if caller.ParentID() != parent.SpanID().String() || caller.ID() != spanID(call) {
		t.Errorf("span %s below %q", caller.ID(), caller.ParentID())
	}
	if caller.GetTraceState() != "vendor=1" {
		t.Errorf("tracestate %q", caller.GetTraceState())
	}
}

func TestACallInTheProcessHasAllItsStagesUnderTheCallersName(t *testing.T) {
	call := answeredCall(sampled)
	call.Observation.Route, _ = wire.ParseRoute("cgo/raw")
	receiver := export(t, func(e *Exporter) { e.Export(oteltrace.SpanContext{}, call) })
	for _, stage := range allStages {
		only(t, receiver.Named(service, stage.String()))
	}
}

func TestTheTracerSendsTheContextOnAndPutsItsSpanBetweenOnlyWhereOneIsExported(t *testing.T) {
	tracestate, err := oteltrace.ParseTraceState("vendor=1")
	if err != nil {
		t.Fatal(err)
	}
	around := oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: NewTraceID(), SpanID: NewSpanID(), TraceState: tracestate})
	exporter := &Exporter{}
	for _, test := range []struct {
		name     string
		exporter *Exporter
		flags    oteltrace.TraceFlags
		ownSpan  bool
	}{
		{"nothing is exported", nil, oteltrace.FlagsSampled, false},
		{"the flag is clear", exporter, 0, false},
		{"the flag is set", exporter, oteltrace.FlagsSampled, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			around := around.WithTraceFlags(test.flags)
			sent, state := NewTracer(test.exporter).Start(oteltrace.ContextWithSpanContext(t.Context(), around))
			if sent.TraceID() != around.TraceID() || sent.Sampled() != around.IsSampled() || state != "vendor=1" {
				t.Errorf("sent %v with %q", sent, state)
			}
			if own := sent.SpanID() != around.SpanID(); own != test.ownSpan {
				t.Errorf("a span of its own: %v", own)
			}
		})
	}
	if sent, _ := NewTracer(exporter).Start(t.Context()); !sent.IsZero() {
		t.Error("a call without a trace was given one")
	}
}

func TestTheServiceNameOfTheEnvironmentNamesTheProcess(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "checkout")
	receiver := export(t, func(e *Exporter) { e.Reconstruct(answeredCall(0)) })
	only(t, receiver.Named("checkout", method))
	only(t, receiver.Named(WorkerServiceName, method))
}

func TestWithoutAReceiverThereIsNoExporterAndACallCostsNothing(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	exporter, err := NewExporter(t.Context(), service, 0)
	if err != nil || exporter != nil {
		t.Fatalf("got %v, %v", exporter, err)
	}
	call := answeredCall(sampled)
	if allocations := testing.AllocsPerRun(100, func() { exporter.Export(oteltrace.SpanContext{}, call) }); allocations != 0 {
		t.Errorf("%v allocations a call", allocations)
	}
}

func TestAReceiverThatIsAwayCostsSpansAndNothingElse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	listener.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
	exporter, err := NewExporter(t.Context(), service, 0)
	if err != nil {
		t.Fatal(err)
	}
	const calls = 5000
	began := time.Now()
	for range calls {
		exporter.Export(oteltrace.SpanContext{}, answeredCall(sampled))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d calls took %v: the export holds them up", calls, took)
	}
	began = time.Now()
	for range 50 {
		waiting, enough := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if err := exporter.Flush(waiting); err == nil {
			t.Error("a flush to nobody succeeded")
		}
		enough()
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("50 flushes took %v: more than the first one waited", took)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_ = exporter.Close(ctx)
	if dropped := exporter.Dropped(); dropped != calls*5 {
		t.Errorf("%d spans counted as dropped, want %d", dropped, calls*5)
	}
}
