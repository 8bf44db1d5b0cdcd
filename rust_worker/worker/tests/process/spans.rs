//! The spans that a worker exports, received as a collector receives them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sidecar_wire::faults_v1::PanicRequest;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::Codec;
use sidecar_wire::stamps::clock_offset_ns;
use sidecar_wire::trace_context::TraceContext;
use sidecar_wire::wire_v1::CallHeader;
use tokio::sync::mpsc;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::frame_client::{FrameClient, encoded, header_of};
use crate::grpc_client::{call, connect, with};
use crate::process::{Worker, command, private_folder};

struct Collector(mpsc::UnboundedSender<ExportTraceServiceRequest>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let _ = self.0.send(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

struct Received {
    service: String,
    spans: Vec<Span>,
}

fn collect() -> (String, mpsc::UnboundedReceiver<ExportTraceServiceRequest>) {
    let (send, receive) = mpsc::unbounded_channel();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let incoming = TcpIncoming::bind(any).expect("a port");
    let address = incoming.local_addr().expect("bound");
    let server =
        tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector(send)));
    tokio::spawn(server.serve_with_incoming(incoming));
    (format!("http://{address}"), receive)
}

/// Ends the worker, which must send its last spans first, and gives what came.
async fn received(
    mut worker: Worker,
    mut requests: mpsc::UnboundedReceiver<ExportTraceServiceRequest>,
) -> Received {
    worker.terminate();
    let status = tokio::task::spawn_blocking(move || worker.wait())
        .await
        .expect("ended");
    assert_eq!(status.code(), Some(0));
    let mut received = Received {
        service: String::new(),
        spans: Vec::new(),
    };
    while let Ok(request) = requests.try_recv() {
        for resource in request.resource_spans {
            let attributes = resource
                .resource
                .map(|resource| resource.attributes)
                .unwrap_or_default();
            received.service = attributes
                .iter()
                .filter(|attribute| attribute.key == "service.name")
                .find_map(|attribute| text(attribute.value.as_ref()?.value.as_ref()?))
                .unwrap_or_default();
            received.spans.extend(
                resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans),
            );
        }
    }
    received
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

fn attributes(span: &Span) -> HashMap<String, String> {
    let pair = |attribute: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        Some((
            attribute.key.clone(),
            text(attribute.value.as_ref()?.value.as_ref()?)?,
        ))
    };
    span.attributes.iter().filter_map(pair).collect()
}

fn context(flags: u8) -> TraceContext {
    TraceContext {
        trace_id: [0xab; 16],
        span_id: [0xcd; 8],
        flags,
    }
}

fn request() -> Vec<u8> {
    encoded(
        Codec::Raw,
        &EchoRequest {
            payload: b"jane.doe@example.org".as_slice().into(),
        },
    )
}

fn send_frames(worker: &Worker, flags: u8) {
    let mut client = FrameClient::connect(worker);
    let payload = request();
    let trace_context = context(flags).to_bytes().to_vec().into();
    let header = CallHeader {
        trace_context,
        ..header_of("echo", Codec::Raw, &payload)
    };
    client.send_call(&header, &payload);
    assert!(
        client.read_reply().receipt.stamps_ns.is_empty(),
        "stamps were not asked for"
    );
}

fn assert_tree(spans: &[Span], name: &str) {
    let server = spans
        .iter()
        .find(|span| span.kind() == SpanKind::Server)
        .expect("a server span");
    assert_eq!(
        (server.name.as_str(), server.trace_id.as_slice()),
        (name, &[0xab; 16][..])
    );
    assert_eq!(server.parent_span_id, [0xcd; 8]);
    let mut children: Vec<&Span> = spans
        .iter()
        .filter(|span| span.parent_span_id == server.span_id)
        .collect();
    children.sort_by_key(|span| span.start_time_unix_nano);
    let names: Vec<&str> = children.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["decode", "queue", "compute", "reply_encode"]);
    let mut at = server.start_time_unix_nano;
    for child in children {
        assert_eq!(
            child.start_time_unix_nano, at,
            "{} starts where the one before ends",
            child.name
        );
        assert_eq!(attributes(child)["boundary.stage"], child.name);
        at = child.end_time_unix_nano;
    }
    assert_eq!(at, server.end_time_unix_nano);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_call_by_frames_gives_a_server_span_and_its_stages() {
    assert_spans_of_frames("--uds", "uds/raw").await;
    assert_spans_of_frames("--grpc-uds", "grpc-stream/raw").await;
}

async fn assert_spans_of_frames(door: &str, route: &str) {
    let (endpoint, requests) = collect();
    let worker = Worker::start_with(&[door], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    send_frames(&worker, 1);
    let Received { service, spans } = received(worker, requests).await;
    assert_eq!((service.as_str(), spans.len()), ("sidecar-worker", 5));
    assert_tree(&spans, "kernels.v1.EchoService/Echo");
    let server = spans
        .iter()
        .find(|span| span.kind() == SpanKind::Server)
        .expect("a server span");
    let attributes = attributes(server);
    let expected = [
        ("rpc.system.name", "sidecar"),
        ("rpc.method", "kernels.v1.EchoService/Echo"),
        ("rpc.response.status_code", "OK"),
        ("boundary.kernel", "echo"),
        ("boundary.route", route),
        ("boundary.placement", "process"),
        ("boundary.request_bytes", "28"),
        ("boundary.reply_bytes", "28"),
    ];
    for (key, value) in expected {
        assert_eq!(
            attributes.get(key).map(String::as_str),
            Some(value),
            "{key}"
        );
    }
    assert!(!format!("{spans:?}").contains("jane.doe"));
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let age = now.saturating_sub(Duration::from_nanos(server.start_time_unix_nano));
    assert!(age < Duration::from_mins(1), "{age:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_call_by_grpc_gives_the_same() {
    let (endpoint, requests) = collect();
    let worker = Worker::start_with(
        &["--grpc-uds"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    );
    let channel = connect(&worker, "grpc-uds").await;
    let traceparent = format!("00-{}-{}-01", "ab".repeat(16), "cd".repeat(8));
    let payload = encoded(Codec::Protobuf, &EchoRequest::default());
    let request = with(
        payload,
        &[("traceparent", &traceparent), ("tracestate", "vendor=1")],
    );
    call(&channel, "/kernels.v1.EchoService/Echo", request)
        .await
        .expect("answered");
    drop(channel);
    let Received { spans, .. } = received(worker, requests).await;
    assert_tree(&spans, "kernels.v1.EchoService/Echo");
    let server = spans
        .iter()
        .find(|span| span.kind() == SpanKind::Server)
        .expect("a server span");
    assert_eq!(attributes(server)["rpc.system.name"], "grpc");
    assert_eq!(attributes(server)["boundary.route"], "grpc-uds/protobuf");
    assert_eq!(server.trace_state, "vendor=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_call_says_its_reason() {
    let (endpoint, requests) = collect();
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    let worker = Worker::start_with(&["--uds", "--faults"], &environment);
    let mut client = FrameClient::connect(&worker);
    let payload = encoded(Codec::Raw, &PanicRequest::default());
    let trace_context = context(1).to_bytes().to_vec().into();
    client.send_call(
        &CallHeader {
            trace_context,
            ..header_of("panic", Codec::Raw, &payload)
        },
        &payload,
    );
    client.read_reply();
    let Received { spans, .. } = received(worker, requests).await;
    let server = spans
        .iter()
        .find(|span| span.kind() == SpanKind::Server)
        .expect("a server span");
    let attributes = attributes(server);
    assert_eq!(attributes["boundary.reason"], "KERNEL_PANICKED");
    assert_eq!(attributes["rpc.response.status_code"], "INTERNAL");
    assert_eq!(attributes["error.type"], "INTERNAL");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsampled_call_gives_none() {
    let (endpoint, requests) = collect();
    let worker = Worker::start_with(&["--uds"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    send_frames(&worker, 0);
    assert!(received(worker, requests).await.spans.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parents_clock_offset_sets_the_wall_time() {
    let (endpoint, requests) = collect();
    let hour_ns = 3_600_000_000_000;
    let offset = (clock_offset_ns() - hour_ns).to_string();
    let flags = ["--uds", "--clock-offset-ns", &offset];
    let worker = Worker::start_with(&flags, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    send_frames(&worker, 1);
    let Received { spans, .. } = received(worker, requests).await;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    let age = now.saturating_sub(Duration::from_nanos(spans[0].start_time_unix_nano));
    assert!((3590..3660).contains(&age.as_secs()), "{age:?}");
}

/// Calls over one connection, each sampled; the time that they took.
fn send_many(worker: &Worker, calls: usize) -> Duration {
    let mut client = FrameClient::connect(worker);
    let payload = request();
    let header = CallHeader {
        trace_context: context(1).to_bytes().to_vec().into(),
        ..header_of("echo", Codec::Raw, &payload)
    };
    let start = Instant::now();
    for _ in 0..calls {
        client.send_call(&header, &payload);
        client.read_reply();
    }
    start.elapsed()
}

/// The numbers of dropped spans that a log tells, in their order.
fn told(log: &str) -> Vec<usize> {
    let lines = log
        .lines()
        .filter(|line| line.contains("spans are dropped"));
    lines
        .filter_map(|line| line.split("dropped=").nth(1))
        .map(|rest| {
            rest.chars()
                .filter(char::is_ascii_digit)
                .collect::<String>()
        })
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[test]
fn a_collector_that_is_not_there_costs_spans_that_are_counted_and_nothing_else() {
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "512"),
    ];
    let mut worker = Worker::start_with(&["--uds"], &environment);
    let calls = 3000;
    let took = send_many(&worker, calls);
    assert!(
        took < Duration::from_secs(10),
        "{calls} calls took {took:?}"
    );
    let ending = Instant::now();
    worker.terminate();
    assert_eq!(worker.wait().code(), Some(0));
    assert!(ending.elapsed() < Duration::from_secs(4), "its end waited");
    let log = worker.log();
    let told = told(&log);
    assert!((1..=3).contains(&told.len()), "told {told:?} times: {log}");
    assert_eq!(told.last(), Some(&(calls * 5)), "{log}");
}

#[test]
fn another_protocol_is_told_in_one_line() {
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
    ];
    let mut worker = Worker::start_with(&["--uds"], &environment);
    worker.terminate();
    assert_eq!(worker.wait().code(), Some(0));
    assert_eq!(worker.log().matches("OTLP over gRPC only").count(), 1);
}

#[test]
fn an_encrypted_receiver_is_refused_in_one_line() {
    let folder = private_folder();
    let output = command(folder.path(), &["--uds"])
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://collector.example:4317",
        )
        .output()
        .expect("it starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(log.contains("begins with https"), "{log}");
}
