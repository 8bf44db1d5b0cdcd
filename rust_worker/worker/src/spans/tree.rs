//! The spans of one call, built from its stamps: a server span and a child a stage.

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use opentelemetry_semantic_conventions::attribute::{
    ERROR_TYPE, RPC_METHOD, RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME,
};
use sidecar_wire::lists::{Stage, attribute};
use sidecar_wire::stamps::Stamps;

use super::Finished;
use super::wall_clock::WallClock;
use crate::call::Trace;

/// The stages that the worker exports; the others are the caller's.
const STAGES: [Stage; 4] = [
    Stage::Decode,
    Stage::Queue,
    Stage::Compute,
    Stage::ReplyEncode,
];

/// Builds a server span and a child a stage.
pub struct SpanTree {
    tracer: SdkTracer,
    clock: WallClock,
}

impl SpanTree {
    /// Builds with a tracer, by a clock.
    pub fn new(tracer: SdkTracer, clock: WallClock) -> Self {
        Self { tracer, clock }
    }

    /// Builds the spans of a call; they are on their way then.
    pub fn build(&self, call: &Finished) {
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
            .with_start_time(self.clock.at(start_ns))
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
        context.span().end_with_timestamp(self.clock.at(end_ns));
    }

    /// A stage that was not reached has no span.
    fn build_stage(&self, stage: Stage, stamps: Stamps, context: &Context) {
        let Some((from, to)) = reached(stage, stamps) else {
            return;
        };
        let builder = SpanBuilder::from_name(stage.name())
            .with_kind(SpanKind::Internal)
            .with_start_time(self.clock.at(from))
            .with_attributes([KeyValue::new(attribute::STAGE, stage.name())]);
        self.tracer
            .build_with_context(builder, context)
            .end_with_timestamp(self.clock.at(to));
    }
}

/// How many spans [`SpanTree::build`] makes of a call.
pub fn spans_of(stamps: Stamps) -> usize {
    1 + STAGES
        .into_iter()
        .filter(|&stage| reached(stage, stamps).is_some())
        .count()
}

/// Where a stage began and ended; `None` when it was not reached.
fn reached(stage: Stage, stamps: Stamps) -> Option<(u64, u64)> {
    let all = stamps.to_array();
    let (from, to) = stage.stamps();
    // The receipt's stamps start at t4.
    let at = |stamp: usize| {
        all.get(stamp.checked_sub(4)?)
            .copied()
            .filter(|&ns| ns != 0)
    };
    Some((at(from)?, at(to)?))
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
