//! The two doors of a frame connection.

use std::convert::Infallible;
use std::io::{IoSlice, Read, Write};
use std::os::unix::net::UnixStream;

use bytes::{Buf, Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

/// HTTP/2 window of the stream and of the connection.
const WINDOW_BYTES: u32 = 8 << 20;

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX_LEN: usize = 5;

/// What carries the frames.
pub(crate) trait Door {
    /// Sends whole frames, then `payload`, which ends the last of them; `frames` is empty afterwards.
    fn send(&mut self, frames: &mut Vec<u8>, payload: &[u8]);

    /// Waits for bytes and gives their number.
    fn receive(&mut self, into: &mut [u8]) -> usize;
}

pub(crate) struct Socket(UnixStream);

impl Socket {
    pub(crate) fn open(path: &str) -> Self {
        let stream = UnixStream::connect(path).expect("a worker");
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, 4 << 20);
        Self(stream)
    }
}

impl Door for Socket {
    fn send(&mut self, frames: &mut Vec<u8>, payload: &[u8]) {
        let mut slices = [IoSlice::new(frames), IoSlice::new(payload)];
        let mut left = slices.as_mut_slice();
        while !left.is_empty() {
            let written = self.0.write_vectored(left).expect("the worker reads");
            IoSlice::advance_slices(&mut left, written);
        }
        frames.clear();
    }

    fn receive(&mut self, into: &mut [u8]) -> usize {
        self.0.read(into).expect("the worker answers")
    }
}

/// One call of `/wire.v1.FrameService/Stream`.
pub(crate) struct Stream {
    runtime: Runtime,
    requests: Sender<Result<Frame<Bytes>, Infallible>>,
    replies: Incoming,
    /// What came and is not taken apart yet.
    read: BytesMut,
    /// Bytes of the open message that are still to come.
    left: usize,
}

impl Stream {
    pub(crate) fn open(path: &str) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let (requests, replies) = runtime.block_on(call(path));
        Self {
            runtime,
            requests,
            replies,
            read: BytesMut::new(),
            left: 0,
        }
    }

    /// Takes the head of the next message off, once it is there. Lengths take three bytes at most.
    fn next_message(&mut self) -> Option<()> {
        const KEY_LEN: usize = 1;
        let head = self.read.get(..PREFIX_LEN + KEY_LEN + 3)?;
        let varint = &head[PREFIX_LEN + KEY_LEN..];
        let length_len = 1 + varint.iter().position(|byte| *byte < 0x80)?;
        let (low, high) = varint[..length_len].split_at(length_len - 1);
        let low = low.iter().rev().fold(usize::from(high[0]), |value, byte| {
            value << 7 | usize::from(byte & 0x7f)
        });
        self.left = low;
        self.read.advance(PREFIX_LEN + KEY_LEN + length_len);
        Some(())
    }
}

async fn call(path: &str) -> (Sender<Result<Frame<Bytes>, Infallible>>, Incoming) {
    let stream = tokio::net::UnixStream::connect(path)
        .await
        .expect("a worker");
    let (mut sender, connection) = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_frame_size(1 << 20)
        .max_send_buf_size(WINDOW_BYTES as usize)
        .handshake(TokioIo::new(stream))
        .await
        .expect("HTTP/2");
    tokio::spawn(connection);
    let (send, requests) = channel(16);
    let request = Request::post("http://localhost/wire.v1.FrameService/Stream")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(StreamBody::new(ReceiverStream::new(requests)))
        .expect("a request");
    let response = sender.send_request(request).await.expect("a response");
    (send, response.into_body())
}

impl Door for Stream {
    fn send(&mut self, frames: &mut Vec<u8>, payload: &[u8]) {
        let length = frames.len() + payload.len();
        let mut field = vec![0x0a];
        let mut rest = length;
        while rest > 0x7f {
            field.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        field.push(rest.to_le_bytes()[0]);
        let message_len = u32::try_from(field.len() + length).expect("small");
        let head = [&[0][..], &message_len.to_be_bytes(), &field].concat();
        let message = [&head, &frames[..], payload].concat();
        frames.clear();
        let sent = self.requests.send(Ok(Frame::data(message.into())));
        self.runtime.block_on(sent).expect("the worker reads");
    }

    fn receive(&mut self, into: &mut [u8]) -> usize {
        loop {
            let part = self.left.min(self.read.len()).min(into.len());
            if part > 0 {
                self.read.copy_to_slice(&mut into[..part]);
                self.left -= part;
                return part;
            }
            if self.left == 0 && self.next_message().is_some() {
                continue;
            }
            let frame = self.runtime.block_on(self.replies.frame());
            let frame = frame.expect("the stream lives").expect("the stream lives");
            self.read
                .extend_from_slice(&frame.into_data().expect("no trailers"));
        }
    }
}
