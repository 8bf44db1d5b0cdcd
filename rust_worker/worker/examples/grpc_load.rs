//! Load on the channel `grpc-uds` by one connection and N callers in a closed loop.
//!
//!     taskset -c 1 sidecar-worker --socket-dir DIR --grpc-uds &
//!     taskset -c 0 grpc_load DIR/worker-grpc.sock 64 64 3
//!
//! Arguments: socket, payload bytes, callers, seconds.

use std::time::{Duration, Instant};

use bytes::{Buf, BufMut, Bytes};
use hyper_util::rt::TokioIo;
use sidecar_wire::Message;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::Codec as PayloadCodec;
use tokio::net::UnixStream;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// HTTP/2 window of a stream and of the connection.
const WINDOW_BYTES: u32 = 8 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [socket, payload, callers, seconds] = arguments.as_slice() else {
        eprintln!("usage: grpc_load SOCKET PAYLOAD_BYTES CALLERS SECONDS");
        std::process::exit(2);
    };
    let number = |text: &String| text.parse::<u32>().expect("a number");
    let payload = vec![7; number(payload) as usize].into();
    let mut request = Vec::new();
    EchoRequest { payload }.encode(PayloadCodec::Protobuf, &mut request);
    let channel = connect(socket.clone()).await;
    let start = Instant::now();
    let bound = Duration::from_secs(number(seconds).into());
    let callers: Vec<_> = (0..number(callers))
        .map(|_| {
            tokio::spawn(call_until(
                start + bound,
                channel.clone(),
                request.clone().into(),
            ))
        })
        .collect();
    let mut calls = 0;
    for caller in callers {
        calls += caller.await.expect("a caller ends");
    }
    let elapsed = start.elapsed().as_secs_f64();
    let (rate, per_call_us) = (f64::from(calls) / elapsed, elapsed * 1e6 / f64::from(calls));
    println!("{calls} calls, {rate:.0} a second, {per_call_us:.3} us a call");
}

async fn connect(socket: String) -> Channel {
    let connector = tower::service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://localhost")
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .connect_with_connector(connector)
        .await
        .expect("a worker")
}

async fn call_until(end: Instant, channel: Channel, request: Bytes) -> u32 {
    let mut calls = 0;
    while Instant::now() < end {
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await.expect("a connection");
        let path = http::uri::PathAndQuery::from_static("/kernels.v1.EchoService/Echo");
        let reply = grpc
            .unary(Request::new(request.clone()), path, Through)
            .await;
        assert_eq!(reply.expect("an answer").into_inner().len(), request.len());
        calls += 1;
    }
    calls
}

/// Hands bytes through.
#[derive(Clone, Copy, Default)]
struct Through;

impl Codec for Through {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Through {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Through {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
