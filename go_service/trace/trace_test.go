package trace

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	oteltrace "go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/sidecar-ipc/gateway/go_service/trace/tracetest"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	method  = "kernels.v1.RedactService/Redact"
	baseNs  = uint64(5_000_000_000)
	offset  = int64(1_700_000_000_000_000_000)
	service = "sidecar-driver"
)

// answeredCall has ten stages of 1 to 9 µs, in their order, and a residual of 7 ns.
func answeredCall(flags oteltrace.TraceFlags) *Call {
	call := &Call{
		Context: oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: NewTraceID(), SpanID: NewSpanID(), TraceFlags: flags}),
		Method:  method, Kernel: "redact", KernelVersion: 1 << 16, Route: "uds/msgpack", Codec: "msgpack",
		Channel: wire.ChannelUDS, Placement: wire.PlacementProcess, RequestBytes: 100, ReplyBytes: 90, Code: "OK", Executed: wire.ExecutedYes,
	}
	at := baseNs
	for stage := range wire.Stage(wire.StageCount) {
		call.StampsNs[wire.StageStamps[stage][0]] = at
		at += 1000 * uint64(stage+1)
		call.StampsNs[wire.StageStamps[stage][1]] = at
	}
	call.StampsNs[wire.T3] = call.StampsNs[wire.T2] + 400
	call.TotalNs = int64(at-call.StampsNs[wire.T1]) + 7
	return call
}

// export runs send against a receiver and gives back what arrived.
func export(t *testing.T, send func(*Exporter)) *tracetest.Receiver {
	t.Helper()
	receiver := tracetest.Start(t)
	exporter, err := NewExporter(t.Context(), service, offset)
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

func only(t *testing.T, spans []tracetest.Span) tracetest.Span {
	t.Helper()
	if len(spans) != 1 {
		t.Fatalf("%d spans, want one", len(spans))
	}
	return spans[0]
}

func TestASampledCallIsAClientSpanWithTheCallersStagesAndNothingOfTheWorkers(t *testing.T) {
	call := answeredCall(oteltrace.FlagsSampled)
	receiver := export(t, func(e *Exporter) { e.Export(call) })
	client := only(t, receiver.Named(service, method))
	if client.ID() != call.Context.SpanID().String() || client.ParentID() != "" || client.GetKind().String() != "SPAN_KIND_CLIENT" {
		t.Errorf("client span %s below %q of kind %s", client.ID(), client.ParentID(), client.GetKind())
	}
	if got, want := int64(client.GetStartTimeUnixNano()), int64(call.StampsNs[wire.T1])+offset; got != want {
		t.Errorf("starts at %d, want the stamp t1 plus the clock offset, %d", got, want)
	}
	if residual := client.IntAttribute(wire.AttributeResidualNs); residual != 7 {
		t.Errorf("residual %d ns, want 7", residual)
	}
	if len(receiver.Spans()) != 1+len(callerStages) {
		t.Errorf("%d spans, want the client span and %d stages", len(receiver.Spans()), len(callerStages))
	}
	for _, stage := range callerStages {
		assertStage(t, only(t, receiver.Named(service, stage.String())), stage, client)
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
	client, server := only(t, receiver.Named(service, method)), only(t, receiver.Named(WorkerServiceName, method))
	if server.ParentID() != client.ID() || server.GetKind().String() != "SPAN_KIND_SERVER" {
		t.Errorf("server span of kind %s below %q, want below %s", server.GetKind(), server.ParentID(), client.ID())
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

func TestACallWithAClearFlagExportsNothing(t *testing.T) {
	receiver := export(t, func(e *Exporter) { e.Export(answeredCall(0)) })
	if got := len(receiver.Spans()); got != 0 {
		t.Errorf("%d spans arrived", got)
	}
}

func TestAFailedCallShowsItsReasonAndOnlyTheStagesThatItReached(t *testing.T) {
	call := answeredCall(oteltrace.FlagsSampled)
	call.Code, call.Reason, call.Executed = "UNAVAILABLE", wire.ReasonWorkerDied, wire.ExecutedUnknown
	clear(call.StampsNs[wire.T4:])
	receiver := export(t, func(e *Exporter) { e.Export(call) })
	client := only(t, receiver.Named(service, method))
	if reason, _ := client.Attribute(wire.AttributeReason); !strings.Contains(reason, "WORKER_DIED") {
		t.Errorf("reason %q", reason)
	}
	if client.GetStatus().GetCode().String() != "STATUS_CODE_ERROR" {
		t.Errorf("status %s", client.GetStatus())
	}
	if _, known := client.Attribute(wire.AttributeResidualNs); known {
		t.Error("a residual is stated though stamps are missing")
	}
	if got := len(receiver.Spans()); got != 2 {
		t.Errorf("%d spans, want the client span and encode", got)
	}
}

func TestACallBelowAnotherSpanNamesItAsItsParent(t *testing.T) {
	call := answeredCall(oteltrace.FlagsSampled)
	call.Parent = NewSpanID()
	receiver := export(t, func(e *Exporter) { e.Export(call) })
	client := only(t, receiver.Named(service, method))
	if client.ParentID() != call.Parent.String() || client.ID() != call.Context.SpanID().String() {
		t.Errorf("span %s below %q", client.ID(), client.ParentID())
	}
}

func TestOTEL_SERVICE_NAMENamesTheProcess(t *testing.T) {
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
	call := answeredCall(oteltrace.FlagsSampled)
	if allocations := testing.AllocsPerRun(100, func() { exporter.Export(call) }); allocations != 0 {
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
		exporter.Export(answeredCall(oteltrace.FlagsSampled))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d calls took %v: the export holds them up", calls, took)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_ = exporter.Close(ctx)
	if dropped := exporter.Dropped(); dropped != calls*5 {
		t.Errorf("%d spans counted as dropped, want %d", dropped, calls*5)
	}
}
