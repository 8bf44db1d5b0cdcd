//! The channel `grpc-stream`: what only a stream has, beside the suites of both transports.

use std::error::Error;
use std::io;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sidecar_wire::faults_v1::SleepRequest;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, FrameType, MAX_FRAME_BYTES, Reason};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::frame_client::{FrameClient, call_frames, encoded, frame, header_of, hello};
use crate::grpc_client::{call, connect, reason, with};
use crate::process::Worker;
use crate::stream_bridge::message;

const STREAM: &str = "/wire.v1.FrameService/Stream";

fn echo(size: usize) -> Vec<u8> {
    let payload = vec![7; size].into();
    encoded(Codec::Raw, &EchoRequest { payload })
}

fn sleep(duration: Duration) -> Vec<u8> {
    let duration_ns = u64::try_from(duration.as_nanos()).expect("short");
    let stubborn = false;
    encoded(
        Codec::Raw,
        &SleepRequest {
            duration_ns,
            stubborn,
        },
    )
}

fn hello_frame() -> Vec<u8> {
    let header = encoded(Codec::Msgpack, &hello());
    frame(FrameType::Hello, false, 0, &header, &[])
}

#[test]
fn a_stream_is_found_at_the_grpc_socket_or_else_at_the_grpc_port() {
    for (flags, door) in [
        (&[][..], "grpc-uds"),
        (&["--grpc-uds"], "grpc-uds"),
        (&["--grpc-tcp", "127.0.0.1:0"], "grpc-tcp"),
    ] {
        let worker = Worker::start(flags);
        assert_eq!(worker.endpoint("grpc-stream"), worker.endpoint(door));
    }
    let worker = Worker::start(&["--uds"]);
    assert!(!worker.handshake.endpoints.contains_key("grpc-stream"));
}

#[test]
fn a_stream_over_tcp_answers_small_and_large_calls() {
    let worker = Worker::start(&["--grpc-tcp", "127.0.0.1:0"]);
    let mut client = FrameClient::connect(&worker);
    for size in [0, 64, 70_000, 4_000_000] {
        let payload = echo(size);
        let reply = client.call("echo", Codec::Raw, &payload);
        assert!(reply.payload == payload, "{size} bytes");
    }
}

#[test]
fn a_client_that_half_closes_gets_its_replies_and_then_ok() {
    let worker = Worker::start(&["--grpc-uds", "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(300));
    let id = client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    client.stream.shutdown(Shutdown::Write).expect("ours");
    let reply = client.read_reply();
    assert_eq!((reply.id, reply.reason()), (id, Reason::None));
    assert!(client.is_closed());
    client.assert_ended(Code::Ok, "half closed");
}

#[test]
fn a_client_that_half_closes_inside_a_request_is_told_so() {
    let worker = Worker::start(&["--grpc-uds"]);
    let mut client = FrameClient::connect(&worker);
    let payload = echo(600_000);
    let header = header_of("echo", Codec::Raw, &payload);
    let id = client.next_id();
    client.send(&call_frames(id, &header, &payload, MAX_FRAME_BYTES)[0]);
    client.stream.shutdown(Shutdown::Write).expect("ours");
    let reply = client.read_reply();
    assert_eq!((reply.id, reply.reason()), (id, Reason::MalformedHeader));
    assert!(client.is_closed());
    client.assert_ended(Code::Ok, "half closed");
}

#[test]
fn a_drain_ends_every_stream_and_the_worker() {
    let mut worker = Worker::start(&["--grpc-uds"]);
    let mut clients: Vec<_> = (0..5).map(|_| FrameClient::connect(&worker)).collect();
    let start = Instant::now();
    worker.terminate();
    for client in &mut clients {
        let reason = Reason::from_number(client.read_goaway().reason);
        assert_eq!(reason, Some(Reason::Draining));
        assert!(client.is_closed());
        client.assert_ended(Code::Ok, "drained");
    }
    assert_eq!(worker.wait().code(), Some(0));
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn a_draining_worker_takes_no_stream_on_a_connection_that_it_has() {
    let mut worker = Worker::start(&["--grpc-uds", "--faults"]);
    let channel = connect(&worker, "grpc-uds").await;
    let slow = channel.clone();
    let taken = tokio::spawn(async move {
        let request = SleepRequest {
            duration_ns: 400_000_000,
            stubborn: false,
        };
        let request = with(encoded(Codec::Protobuf, &request), &[]);
        call(&slow, "/faults.v1.SleepService/Sleep", request).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    worker.terminate();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let refused = call(&channel, STREAM, with(message(&hello_frame()), &[])).await;
    assert_eq!(reason(&refused.expect_err("draining")), Reason::Draining);
    taken.await.expect("ended").expect("answered");
    assert_eq!(worker.wait().code(), Some(0));
}

async fn http2_to<B>(worker: &Worker) -> http2::SendRequest<B>
where
    B: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
{
    let stream = UnixStream::connect(worker.endpoint("grpc-stream"))
        .await
        .expect("it listens");
    // The client's own count of streams that it reset would end its connection.
    let handshake = http2::Builder::new(TokioExecutor::new())
        .max_local_error_reset_streams(None)
        .handshake(TokioIo::new(stream))
        .await;
    let (sender, connection) = handshake.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

/// The bytes of a body, and the status in the trailers or, where there is no body, in the headers.
async fn post(worker: &Worker, content_type: &str, body: Vec<u8>) -> (Bytes, Status) {
    let mut sender = http2_to::<Full<Bytes>>(worker).await;
    let request = Request::post(format!("http://localhost{STREAM}"))
        .header("content-type", content_type)
        .body(Full::new(Bytes::from(body)))
        .expect("a request");
    let response = sender.send_request(request).await.expect("a response");
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.expect("a whole body");
    let trailers = collected.trailers().unwrap_or(&parts.headers);
    let status = Status::from_header_map(trailers).expect("a status");
    (collected.to_bytes(), status)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("small");
    [&[0][..], &length.to_be_bytes(), message].concat()
}

#[tokio::test]
async fn a_body_that_is_no_stream_of_messages_is_refused() {
    const GRPC: &str = "application/grpc";
    let worker = Worker::start(&["--grpc-uds"]);
    let hello = framed(&message(&hello_frame()));
    let with_hello = |rest: &[u8]| [&hello[..], rest].concat();
    let endless = [0, 0, 0, 0, 12, 0x0a].into_iter().chain([0xff; 11]);
    let cases = [
        (
            "flag 2",
            GRPC,
            with_hello(&[2, 0, 0, 0, 0]),
            Reason::MalformedPayload,
        ),
        (
            "compressed",
            GRPC,
            with_hello(&[1, 0, 0, 0, 0]),
            Reason::UnknownCodec,
        ),
        (
            "4 GiB",
            GRPC,
            with_hello(&[0, 255, 255, 255, 255]),
            Reason::MalformedPayload,
        ),
        (
            "half a prefix",
            GRPC,
            with_hello(&[0, 0]),
            Reason::MalformedPayload,
        ),
        (
            "half a message",
            GRPC,
            with_hello(&framed(&[9; 10])[..9]),
            Reason::MalformedPayload,
        ),
        (
            "a length past the end",
            GRPC,
            framed(&[0x0a, 9, 1]),
            Reason::MalformedPayload,
        ),
        (
            "an endless length",
            GRPC,
            endless.collect(),
            Reason::MalformedPayload,
        ),
        (
            "a group",
            GRPC,
            framed(&[0x0b, 0x0c]),
            Reason::MalformedPayload,
        ),
        (
            "a broken frame",
            GRPC,
            with_hello(&framed(&message(&[0; 16]))),
            Reason::MalformedHeader,
        ),
        (
            "no hello",
            GRPC,
            framed(&message(&[9; 40])),
            Reason::MalformedHeader,
        ),
        (
            "json",
            "application/grpc+json",
            hello.clone(),
            Reason::UnknownCodec,
        ),
        ("html", "text/html", hello.clone(), Reason::MalformedHeader),
    ];
    for (name, content_type, body, expected) in cases {
        let (_, status) = post(&worker, content_type, body).await;
        assert_eq!(reason(&status), expected, "{name}");
    }
    assert!(worker.resident_bytes() < 60 << 20);
}

/// A stream that can be reset.
struct Raw {
    requests: mpsc::Sender<Result<Frame<Bytes>, io::Error>>,
    _response: Response<Incoming>,
}

type RawBody = StreamBody<ReceiverStream<Result<Frame<Bytes>, io::Error>>>;

impl Raw {
    async fn open(connection: &mut http2::SendRequest<RawBody>) -> Self {
        let (requests, body) = mpsc::channel(1);
        let request = Request::post(format!("http://localhost{STREAM}"))
            .header("content-type", "application/grpc")
            .body(StreamBody::new(ReceiverStream::new(body)))
            .expect("a request");
        let response = connection.send_request(request).await.expect("opened");
        Self {
            requests,
            _response: response,
        }
    }

    async fn send(&self, frames: &[u8]) {
        let data = Bytes::from(framed(&message(frames)));
        let sent = self.requests.send(Ok(Frame::data(data))).await;
        sent.expect("the connection lives");
    }

    async fn reset(self) {
        let reset = io::Error::other("the body failed");
        let sent = self.requests.send(Err(reset)).await;
        sent.expect("the connection lives");
    }
}

#[tokio::test]
async fn thousands_of_streams_that_are_opened_and_reset_leave_nothing_behind() {
    let mut worker = Worker::start(&["--grpc-uds"]);
    let mut connection = http2_to::<RawBody>(&worker).await;
    let mut before = 0;
    for round in 0..20 {
        for number in 0..200 {
            let stream = Raw::open(&mut connection).await;
            if number % 2 == 0 {
                stream.send(&hello_frame()).await;
            }
            stream.reset().await;
        }
        if round == 4 {
            before = worker.resident_bytes();
        }
    }
    let grown = worker.resident_bytes().saturating_sub(before);
    assert!(grown < 5 << 20, "{grown} bytes");
    let start = Instant::now();
    worker.terminate();
    assert_eq!(worker.wait().code(), Some(0));
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_reset_gives_its_calls_up_and_its_connection_lives() {
    let worker = Worker::start(&["--grpc-uds", "--faults", "--compute-threads", "1"]);
    let mut connection = http2_to::<RawBody>(&worker).await;
    let long = sleep(Duration::from_mins(1));
    let header = header_of("sleep", Codec::Raw, &long);
    let taken = Raw::open(&mut connection).await;
    taken.send(&hello_frame()).await;
    let call = call_frames(1, &header, &long, MAX_FRAME_BYTES).concat();
    taken.send(&call).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    taken.reset().await;
    let short = sleep(Duration::ZERO);
    let start = Instant::now();
    let reply = FrameClient::connect(&worker).call("sleep", Codec::Raw, &short);
    assert_eq!(reply.reason(), Reason::None);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    Raw::open(&mut connection).await;
}

#[tokio::test]
async fn thousands_of_open_streams_cost_a_few_kilobytes_each() {
    const STREAMS: usize = 1000;
    let worker = Worker::start(&["--grpc-uds"]);
    let mut connection = http2_to::<RawBody>(&worker).await;
    let before = worker.resident_bytes();
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        let stream = Raw::open(&mut connection).await;
        stream.send(&hello_frame()).await;
        open.push(stream);
    }
    let grown = worker.resident_bytes().saturating_sub(before);
    assert!(grown < STREAMS * 12 * 1024, "{grown} bytes");
}

#[tokio::test]
async fn messages_may_hold_nothing_or_fields_of_a_later_minor() {
    let worker = Worker::start(&["--grpc-uds"]);
    let payload = echo(100);
    let header = header_of("echo", Codec::Raw, &payload);
    let call = call_frames(1, &header, &payload, MAX_FRAME_BYTES).concat();
    let later = [&b"\x10\x05"[..], &message(&call), b"\x1a\x02xy"].concat();
    let body = [
        framed(&[]),
        framed(&message(&hello_frame())),
        framed(&message(&[])),
        framed(&later),
    ];
    let (bytes, status) = post(&worker, "application/grpc", body.concat()).await;
    assert_eq!(status.code(), Code::Ok);
    assert!(bytes.windows(payload.len()).any(|window| window == payload));
}

#[tokio::test]
async fn a_stream_without_a_word_ends_with_ok() {
    let worker = Worker::start(&["--grpc-uds"]);
    let (bytes, status) = post(&worker, "application/grpc", Vec::new()).await;
    assert_eq!((bytes.len(), status.code()), (0, Code::Ok));
}
