package trace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// WorkerServiceName is the resource under which the worker exports, and under which its part is reconstructed.
const WorkerServiceName = "sidecar-worker"

const instrumentation = "github.com/sidecar-ipc/gateway/go_service/trace"

// Exporter sends spans to the OTLP receiver that the OTEL_ variables name. A nil one sends nothing and costs nothing.
type Exporter struct {
	own        oteltrace.Tracer // this process's spans
	worker     oteltrace.Tracer // the worker's part of a reconstructed call
	providers  []*sdktrace.TracerProvider
	passages   []*passage
	sender     *sender
	ledger     ledger
	made       atomic.Uint64
	quietUntil atomic.Int64 // wall time, ns
	clock      wallClock
	sampler    sdktrace.Sampler
}

// Configured says whether the environment names a receiver.
func Configured() bool {
	if disabled := os.Getenv("OTEL_SDK_DISABLED"); strings.EqualFold(disabled, "true") || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// NewExporter makes one for a process whose spans stand under service, unless OTEL_SERVICE_NAME says otherwise; it
// is nil without a configured receiver. Wall time is the stamp plus clockOffsetNs, or plus what is measured here where
// that is 0. Nothing waits for the receiver: spans that it does not take are dropped and counted.
func NewExporter(ctx context.Context, service string, clockOffsetNs int64) (*Exporter, error) {
	if !Configured() {
		return nil, nil
	}
	warnOfProtocol()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(newComplaint().handle))
	receiver, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("trace exporter: %w; check the OTEL_EXPORTER_OTLP_ variables", err)
	}
	e := &Exporter{sender: &sender{SpanExporter: receiver}, clock: wallClock{givenNs: clockOffsetNs}, sampler: samplerOf()}
	if named := os.Getenv("OTEL_SERVICE_NAME"); named != "" {
		service = named
	}
	if e.own, err = e.provide(ctx, service); err == nil {
		e.worker, err = e.provide(ctx, WorkerServiceName)
	}
	return e, err
}

// warnOfProtocol says that only OTLP over gRPC is spoken here, where the environment asks for another protocol.
func warnOfProtocol() {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"} {
		if protocol := os.Getenv(name); protocol != "" && protocol != "grpc" {
			slog.Warn("spans are sent by OTLP over gRPC only; point the endpoint at a gRPC port", name, protocol)
		}
	}
}

// provide adds a provider under a service's name. All share one connection.
func (e *Exporter) provide(ctx context.Context, service string) (oteltrace.Tracer, error) {
	described, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithFromEnv(),
		resource.WithAttributes(semconv.ServiceName(service)))
	if err != nil {
		return nil, fmt.Errorf("trace resource of %s: %w; check OTEL_RESOURCE_ATTRIBUTES", service, err)
	}
	way := newPassage(e.sender, &e.ledger)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(way),
		sdktrace.WithResource(described),
		sdktrace.WithIDGenerator(idSource{}),
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // the flag was looked at before
	)
	e.providers, e.passages = append(e.providers, provider), append(e.passages, way)
	return provider.Tracer(instrumentation), nil
}

// quietTime is how long nobody waits for a receiver that did not answer.
const quietTime = 10 * time.Second

// errAway says that a flush was not tried.
var errAway = errors.New("the trace receiver did not answer a moment ago; check OTEL_EXPORTER_OTLP_ENDPOINT")

// Flush waits until what was made has been sent, or the context ends. After a failure it does not wait for a while, so
// that a receiver that is away holds nobody up twice.
func (e *Exporter) Flush(ctx context.Context) error {
	if e == nil {
		return nil
	}
	if time.Now().UnixNano() < e.quietUntil.Load() {
		return errAway
	}
	failures := make([]error, len(e.providers))
	for n, provider := range e.providers {
		failures[n] = provider.ForceFlush(ctx)
	}
	err := errors.Join(failures...)
	if err != nil {
		e.quietUntil.Store(time.Now().Add(quietTime).UnixNano())
	}
	return err
}

// Close flushes within the context and ends the export.
func (e *Exporter) Close(ctx context.Context) error {
	if e == nil {
		return nil
	}
	failures := make([]error, len(e.providers))
	var ending sync.WaitGroup // at once: one that waits for its receiver must not use up the other's time
	for n, provider := range e.providers {
		ending.Go(func() { failures[n] = provider.Shutdown(ctx) })
	}
	ending.Wait()
	for _, way := range e.passages {
		way.end()
	}
	e.ledger.tell(errEnded)
	return errors.Join(append(failures, e.sender.Shutdown(ctx))...)
}

// endTimeout bounds how long the end of a process waits for the receiver.
const endTimeout = time.Second

// End is Close at the end of a process: it waits a second at most.
func (e *Exporter) End() {
	bounded, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if err := e.Close(bounded); err != nil {
		slog.Debug("the trace export did not end in time", "error", err)
	}
}

// Dropped counts spans that will not arrive; it never goes back. Those on their way are in it once they are given up.
func (e *Exporter) Dropped() uint64 {
	if e == nil {
		return 0
	}
	return e.ledger.dropped.Load()
}

// Missing counts spans that were made and have not arrived: those that were dropped and those on their way.
func (e *Exporter) Missing() uint64 {
	if e == nil {
		return 0
	}
	return e.made.Load() - e.sender.arrived.Load()
}

// wall gives the wall time of a stamp.
func (e *Exporter) wall(stampNs uint64) time.Time { return e.clock.at(stampNs) }

// complaint logs what else OpenTelemetry reports, the first at once and then one a minute.
type complaint struct{ lastNs atomic.Int64 }

func newComplaint() *complaint { return &complaint{} }

func (c *complaint) handle(err error) {
	var told counted
	if errors.As(err, &told) {
		return
	}
	now, last := time.Now().UnixNano(), c.lastNs.Load()
	if now-last > int64(time.Minute) && c.lastNs.CompareAndSwap(last, now) {
		slog.Warn("OpenTelemetry reports a problem; calls are not affected", "error", err)
	}
}
