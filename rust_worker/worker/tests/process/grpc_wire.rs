//! gRPC as bytes on HTTP/2: what a client with a library of its own never sends, or hides.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sidecar_wire::faults_v1::SleepRequest;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, Reason};
use tokio::net::UnixStream;
use tonic::Status;

use crate::frame_client::encoded;
use crate::grpc_client::reason;
use crate::process::Worker;

const ECHO: &str = "/kernels.v1.EchoService/Echo";

/// One request with its headers and its whole body as they are given.
async fn post(
    worker: &Worker,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> (HeaderMap, Bytes, HeaderMap) {
    let stream = UnixStream::connect(worker.endpoint("grpc-uds"))
        .await
        .expect("it listens");
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.expect("HTTP/2");
    let driver = tokio::spawn(connection);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://localhost{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let (parts, body) = sender
        .send_request(request)
        .await
        .expect("a response")
        .into_parts();
    let collected = body.collect().await.expect("a whole body");
    let trailers = collected.trailers().cloned().unwrap_or_default();
    driver.abort();
    (parts.headers, collected.to_bytes(), trailers)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("small");
    [&[0][..], &length.to_be_bytes(), message].concat()
}

const GRPC: (&str, &str) = ("content-type", "application/grpc");

#[tokio::test]
async fn a_reply_is_headers_one_message_and_a_status_in_the_trailers() {
    let worker = Worker::start(&["--grpc-uds"]);
    let message = encoded(
        Codec::Protobuf,
        &EchoRequest {
            payload: b"hello".as_slice().into(),
        },
    );
    let (headers, body, trailers) = post(&worker, ECHO, &[GRPC], framed(&message)).await;
    assert_eq!(headers["content-type"], "application/grpc");
    assert!(headers.contains_key("boundary-receipt-bin") && !headers.contains_key("grpc-status"));
    assert_eq!(body, framed(&message));
    assert_eq!(trailers["grpc-status"], "0");
}

#[tokio::test]
async fn a_deadline_is_enforced_by_the_worker() {
    let worker = Worker::start(&["--grpc-uds", "--faults"]);
    let sleep = SleepRequest {
        duration_ns: 10_000_000_000,
        stubborn: false,
    };
    let message = framed(&encoded(Codec::Protobuf, &sleep));
    let start = Instant::now();
    let headers = [GRPC, ("grpc-timeout", "20m")];
    let (headers, _, _) = post(&worker, "/faults.v1.SleepService/Sleep", &headers, message).await;
    let status = Status::from_header_map(&headers).expect("a status");
    assert_eq!(reason(&status), Reason::Deadline);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_body_that_is_no_single_message_is_refused() {
    let worker = Worker::start(&["--grpc-uds"]);
    let good = framed(&encoded(Codec::Protobuf, &EchoRequest::default()));
    let cases: [(&str, &str, Vec<u8>, Reason); 9] = [
        (
            "nothing",
            "application/grpc",
            vec![],
            Reason::MalformedPayload,
        ),
        (
            "half a prefix",
            "application/grpc",
            vec![0, 0, 0],
            Reason::MalformedPayload,
        ),
        (
            "half a message",
            "application/grpc",
            framed(&[1; 10])[..9].to_vec(),
            Reason::MalformedPayload,
        ),
        (
            "two messages",
            "application/grpc",
            [good.clone(), good.clone()].concat(),
            Reason::MalformedPayload,
        ),
        (
            "flag 2",
            "application/grpc",
            vec![2, 0, 0, 0, 0],
            Reason::MalformedPayload,
        ),
        (
            "compressed",
            "application/grpc",
            vec![1, 0, 0, 0, 0],
            Reason::UnknownCodec,
        ),
        (
            "4 GiB announced",
            "application/grpc",
            vec![0, 255, 255, 255, 255],
            Reason::RequestTooLarge,
        ),
        (
            "json",
            "application/grpc+json",
            good.clone(),
            Reason::UnknownCodec,
        ),
        ("html", "text/html", good, Reason::MalformedHeader),
    ];
    for (name, content_type, body, expected) in cases {
        let (headers, _, _) = post(&worker, ECHO, &[("content-type", content_type)], body).await;
        let status = Status::from_header_map(&headers).expect(name);
        assert_eq!(reason(&status), expected, "{name}");
    }
    assert!(
        worker.resident_bytes() < 60 << 20,
        "{}",
        worker.resident_bytes()
    );
}
