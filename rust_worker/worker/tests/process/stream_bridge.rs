//! A Unix socket whose other end is a call of `/wire.v1.FrameService/Stream`, so that one frame client speaks to both
//! channels. What is written at once becomes a message, whole frames or not: a reader looks at the bytes only.

use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use bytes::{Buf, Bytes};
use sidecar_wire::frame::{PREFIX_LEN, Prefix, Side};
use sidecar_wire::lists::MAX_FRAME_BYTES;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, Ready};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::{Request, Status, Streaming};

use crate::grpc_client::{Through, connect_to};

const STREAM: &str = "/wire.v1.FrameService/Stream";

/// Key of the field `frame` of `wire.v1.Frame`.
const FRAME_KEY: u8 = 0x0a;

/// No message of the worker holds more.
const MAX_FRAMES_BYTES: usize = 1024 * 1024;

/// How the call ended.
pub(crate) type Ended = mpsc::Receiver<Status>;

/// Opens a stream to a gRPC socket.
pub(crate) fn open(address: &str) -> (UnixStream, Ended) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let (tell, told) = mpsc::channel();
    let address = address.to_owned();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let status = runtime.block_on(carry(&address, theirs));
        // The test may have gone.
        let _ = tell.send(status);
    });
    (ours, told)
}

/// The message that holds `frames`.
pub(crate) fn message(frames: &[u8]) -> Vec<u8> {
    let mut message = vec![FRAME_KEY];
    let mut length = frames.len();
    while length > 0x7f {
        message.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    message.push(length.to_le_bytes()[0]);
    message.extend_from_slice(frames);
    message
}

/// Carries bytes both ways until the call has ended.
async fn carry(address: &str, theirs: UnixStream) -> Status {
    theirs.set_nonblocking(true).expect("ours");
    let theirs = tokio::net::UnixStream::from_std(theirs).expect("ours");
    let (reader, mut writer) = theirs.into_split();
    let mut grpc = Grpc::new(connect_to(address).await).max_decoding_message_size(2 << 20);
    grpc.ready().await.expect("a connection");
    let (send, requests) = tokio::sync::mpsc::channel(1);
    let requests = Request::new(ReceiverStream::new(requests));
    let path = STREAM.parse().expect("a path");
    match grpc.streaming(requests, path, Through).await {
        Err(status) => status,
        Ok(response) => tokio::select! {
            status = take_replies(response.into_inner(), &mut writer) => status,
            () = send_requests(reader, send) => Status::cancelled("the client went away"),
        },
    }
}

/// Sends what the client writes. It comes back only when the client has closed both directions.
async fn send_requests(mut reader: OwnedReadHalf, send: tokio::sync::mpsc::Sender<Bytes>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = reader.read(&mut buffer).await {
        if send.send(message(&buffer[..count]).into()).await.is_err() {
            break;
        }
    }
    drop(send);
    let both = reader.ready(Interest::READABLE | Interest::WRITABLE).await;
    if !both.is_ok_and(Ready::is_write_closed) {
        std::future::pending::<()>().await;
    }
}

async fn take_replies(mut replies: Streaming<Bytes>, writer: &mut OwnedWriteHalf) -> Status {
    loop {
        match replies.message().await {
            Ok(Some(message)) => {
                if writer.write_all(&frames(message)).await.is_err() {
                    return Status::cancelled("the client went away");
                }
            }
            Ok(None) => return Status::ok(""),
            Err(status) => return status,
        }
    }
}

/// The frames of a message, which are whole and not too many.
fn frames(mut message: Bytes) -> Bytes {
    assert_eq!(message.get_u8(), FRAME_KEY);
    let mut length = 0;
    for shift in (0..).step_by(7) {
        let byte = message.get_u8();
        length |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    assert_eq!(length, message.len());
    assert!((1..=MAX_FRAMES_BYTES).contains(&length), "{length}");
    let mut rest = &message[..];
    while !rest.is_empty() {
        let head = rest.first_chunk::<PREFIX_LEN>().expect("a whole prefix");
        let prefix = Prefix::parse(head, Side::Worker, MAX_FRAME_BYTES).expect("a good frame");
        rest = &rest[prefix.frame_len()..];
    }
    message
}
