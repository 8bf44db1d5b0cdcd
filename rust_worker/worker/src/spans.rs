//! The worker's spans of sampled calls: built from the stamps on a thread of their own, off the calls' path.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin say where they go; without an endpoint there is no exporter and no thread.

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use opentelemetry_semantic_conventions::attribute::{
    ERROR_TYPE, RPC_METHOD, RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME,
};
use sidecar_kernels::Hosted;
use sidecar_wire::lists::{Codec, Stage, attribute};
use sidecar_wire::stamps::{Stamps, clock_offset_ns, now_ns};
use sidecar_wire::status::Failure;
use thiserror::Error;
use tokio::runtime::Builder as RuntimeBuilder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::call::{Target, Trace};

/// Name of this resource; the caller's part of a trace comes from another.
const SERVICE_NAME: &str = "sidecar-worker";

/// Calls that may wait for the exporter; over it they are dropped, which the log says at the end.
const QUEUE: usize = 4096;

/// How long the last spans may take to leave.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The stages that the worker exports; the others are the caller's.
const STAGES: [Stage; 4] = [
    Stage::Decode,
    Stage::Queue,
    Stage::Compute,
    Stage::ReplyEncode,
];

/// Why spans can't be exported.
#[derive(Debug, Error)]
pub enum SpansError {
    /// The OTEL_ variables ask for what this worker has not.
    #[error("spans can't be exported: {0}; check the OTEL_EXPORTER_OTLP_ variables or unset them")]
    Exporter(String),
    /// No thread.
    #[error("spans can't be exported: {0}")]
    Thread(#[from] std::io::Error),
}

/// Takes finished calls and never waits.
#[derive(Debug, Default)]
pub struct Spans {
    notes: Option<mpsc::Sender<Note>>,
}

enum Note {
    Call(Box<Finished>),
    End(oneshot::Sender<()>),
}

/// A sampled call that is answered.
struct Finished {
    trace: Trace,
    kernel: Arc<dyn Hosted>,
    codec: Codec,
    stamps: Stamps,
    failure: Option<Failure>,
    reply_bytes: usize,
    end_ns: u64,
}

impl Spans {
    /// Starts the exporter when the environment names an endpoint.
    ///
    /// # Errors
    /// [`SpansError`] when it names one that can't be used.
    pub fn start(clock_offset: Option<i64>) -> Result<Self, SpansError> {
        if !is_wanted() {
            return Ok(Self::default());
        }
        let (notes, taken) = mpsc::channel(QUEUE);
        let clock_offset = clock_offset.unwrap_or_else(clock_offset_ns);
        let (ready, started) = std::sync::mpsc::channel();
        thread::Builder::new()
            .name("spans".into())
            .spawn(move || export(taken, clock_offset, &ready))?;
        let lost = || SpansError::Exporter("its thread ended".into());
        started.recv().map_err(|_| lost())??;
        Ok(Self { notes: Some(notes) })
    }

    /// True when spans are exported.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.notes.is_some()
    }

    /// Takes a finished call; drops it when the exporter is behind.
    pub fn record(
        &self,
        trace: Trace,
        target: Target<'_>,
        stamps: Stamps,
        outcome: &Result<(), Failure>,
        reply_bytes: usize,
    ) {
        let Some(notes) = &self.notes else { return };
        let finished = Finished {
            trace,
            kernel: Arc::clone(target.kernel),
            codec: target.codec,
            stamps,
            failure: outcome.as_ref().err().cloned(),
            reply_bytes,
            end_ns: now_ns(),
        };
        if notes.try_send(Note::Call(Box::new(finished))).is_err() {
            tracing::debug!("a sampled call's spans were dropped: the exporter is behind");
        }
    }

    /// Sends what is left, within a bound.
    pub async fn flush(&self) {
        let Some(notes) = &self.notes else { return };
        let (done, wait) = oneshot::channel();
        let flushed = async {
            notes.send(Note::End(done)).await.ok()?;
            wait.await.ok()
        };
        if timeout(FLUSH_TIMEOUT, flushed).await.is_err() {
            tracing::warn!("the last spans did not leave in time");
        }
    }
}

fn is_wanted() -> bool {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint =
        set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| set("OTEL_EXPORTER_OTLP_ENDPOINT"));
    let disabled = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let none = set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
    endpoint.is_some() && !disabled && !none
}

/// The thread: its runtime drives the exporter's connection.
fn export(
    notes: mpsc::Receiver<Note>,
    clock_offset: i64,
    ready: &std::sync::mpsc::Sender<Result<(), SpansError>>,
) {
    let runtime = match RuntimeBuilder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return drop(ready.send(Err(error.into()))),
    };
    runtime.block_on(async {
        match provider() {
            Err(error) => drop(ready.send(Err(error))),
            Ok(provider) => {
                let _ = ready.send(Ok(()));
                take_notes(notes, provider, clock_offset).await;
            }
        }
    });
}

fn provider() -> Result<SdkTracerProvider, SpansError> {
    let exporter = SpanExporter::builder().with_tonic().build();
    let exporter = exporter.map_err(|error| SpansError::Exporter(error.to_string()))?;
    let mut resource = Resource::builder();
    if env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(SERVICE_NAME);
    }
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build())
}

async fn take_notes(
    mut notes: mpsc::Receiver<Note>,
    provider: SdkTracerProvider,
    clock_offset: i64,
) {
    let builder = SpanTree {
        tracer: provider.tracer(SERVICE_NAME),
        clock_offset,
    };
    while let Some(note) = notes.recv().await {
        match note {
            Note::Call(finished) => builder.build(&finished),
            Note::End(done) => {
                // Off this thread: the export needs this thread's runtime.
                let ended = tokio::task::spawn_blocking(move || {
                    provider.shutdown_with_timeout(FLUSH_TIMEOUT)
                })
                .await;
                if let Ok(Err(error)) = ended {
                    tracing::warn!(%error, "the last spans did not leave");
                }
                let _ = done.send(());
                return;
            }
        }
    }
}

/// Builds a server span and a child a stage.
struct SpanTree {
    tracer: SdkTracer,
    clock_offset: i64,
}

impl SpanTree {
    fn build(&self, call: &Finished) {
        let start_ns = if call.stamps.t4 == 0 {
            call.end_ns
        } else {
            call.stamps.t4
        };
        let end_ns = if call.stamps.t8 == 0 {
            call.end_ns
        } else {
            call.stamps.t8
        };
        let builder = SpanBuilder::from_name(call.kernel.spec().method.trim_start_matches('/'))
            .with_kind(SpanKind::Server)
            .with_start_time(self.wall(start_ns))
            .with_attributes(attributes(call));
        let mut span = self
            .tracer
            .build_with_context(builder, &parent(&call.trace));
        if let Some(failure) = &call.failure {
            span.set_status(Status::error(failure.reason.doc()));
        }
        let context = Context::new().with_span(span);
        for stage in STAGES {
            self.build_stage(stage, call.stamps, &context);
        }
        context.span().end_with_timestamp(self.wall(end_ns));
    }

    /// A stage that was not reached has no span.
    fn build_stage(&self, stage: Stage, stamps: Stamps, context: &Context) {
        let all = stamps.to_array();
        let (from, to) = stage.stamps();
        // The receipt's stamps start at t4.
        let (Some(&from), Some(&to)) = (all.get(from - 4), all.get(to - 4)) else {
            return;
        };
        if from == 0 || to == 0 {
            return;
        }
        let builder = SpanBuilder::from_name(stage.name())
            .with_kind(SpanKind::Internal)
            .with_start_time(self.wall(from))
            .with_attributes([KeyValue::new(attribute::STAGE, stage.name())]);
        self.tracer
            .build_with_context(builder, context)
            .end_with_timestamp(self.wall(to));
    }

    /// The wall clock of a stamp, by the one offset that all processes of a run share.
    fn wall(&self, stamp_ns: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(stamp_ns.saturating_add_signed(self.clock_offset))
    }
}

/// The caller's span.
fn parent(trace: &Trace) -> Context {
    let state = trace.state.parse::<TraceState>().unwrap_or_default();
    let context = SpanContext::new(
        TraceId::from_bytes(trace.context.trace_id),
        SpanId::from_bytes(trace.context.span_id),
        TraceFlags::SAMPLED,
        true,
        state,
    );
    Context::new().with_remote_span_context(context)
}

fn attributes(call: &Finished) -> Vec<KeyValue> {
    let spec = call.kernel.spec();
    let status = call
        .failure
        .as_ref()
        .map_or("OK", |failure| failure.status().name());
    let route = format!("{}/{}", call.trace.channel, call.codec.name());
    let mut attributes = vec![
        KeyValue::new(RPC_SYSTEM_NAME, rpc_system(call.trace.channel)),
        KeyValue::new(RPC_METHOD, spec.method.trim_start_matches('/').to_owned()),
        KeyValue::new(RPC_RESPONSE_STATUS_CODE, status),
        KeyValue::new(attribute::KERNEL, spec.name),
        KeyValue::new(attribute::KERNEL_VERSION, i64::from(spec.version)),
        KeyValue::new(attribute::ROUTE, route),
        KeyValue::new(attribute::PLACEMENT, "process"),
        KeyValue::new(attribute::CODEC, call.codec.name()),
        KeyValue::new(attribute::REQUEST_BYTES, count(call.trace.request_bytes)),
        KeyValue::new(attribute::REPLY_BYTES, count(call.reply_bytes)),
    ];
    if let Some(failure) = &call.failure {
        attributes.extend([
            KeyValue::new(attribute::REASON, failure.reason.name()),
            KeyValue::new(attribute::EXECUTED, failure.executed.name()),
            KeyValue::new(ERROR_TYPE, status),
        ]);
    }
    attributes
}

/// The conventions name gRPC and have no name for our frames, whatever carries them.
fn rpc_system(channel: &str) -> &'static str {
    match channel {
        "uds" | "grpc-stream" => "sidecar",
        _ => "grpc",
    }
}

fn count(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
