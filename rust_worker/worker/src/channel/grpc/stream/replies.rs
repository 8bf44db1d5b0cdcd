//! The worker's messages: what waits is put into one when HTTP/2 asks for it, which is when the peer has room.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use hyper::body::{Body, Frame};

use crate::channel::frames::Link;
use crate::channel::grpc::message::PREFIX_LEN;
use crate::channel::grpc::metadata;
use crate::channel::grpc::router::Counted;
use crate::channel::grpc::stream::Call;
use crate::channel::grpc::stream::messages::{FRAME_KEY, MAX_FRAMES_BYTES};
use crate::host::Host;

/// Bytes of a length under 2 MiB as a varint at most.
const LENGTH_LEN: usize = 3;

/// Bytes before the frames of a message: gRPC's prefix, then key and length of the field.
const HEAD_LEN: usize = PREFIX_LEN + 1 + LENGTH_LEN;

/// Whom to wake, and how the stream ends.
#[derive(Debug, Default)]
pub(super) struct Pull {
    waker: Option<Waker>,
    ended: Option<Result<(), HeaderMap>>,
    /// HTTP/2 has let go of the reply: the stream was reset.
    gone: bool,
}

impl Pull {
    /// Has the body ask again when there is something to send.
    ///
    /// # Errors
    /// When nobody asks any more.
    pub(super) fn ask(&mut self, unsent: bool) -> io::Result<()> {
        if self.gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if unsent && let Some(waker) = self.waker.take() {
            waker.wake();
        }
        Ok(())
    }

    /// Ends the stream: with OK when what waits is out, with these trailers at once.
    pub(super) fn end(&mut self, ended: Result<(), HeaderMap>) {
        self.ended = Some(ended);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The body of the reply.
#[derive(Debug)]
pub(super) struct Replies {
    host: Arc<Host>,
    link: Arc<Link<Call>>,
    /// The rest of the open message.
    pieces: VecDeque<Bytes>,
    closed: bool,
    _counted: Counted,
}

impl Replies {
    pub(super) fn new(host: Arc<Host>, link: Arc<Link<Call>>, counted: Counted) -> Self {
        Self {
            host,
            link,
            pieces: VecDeque::new(),
            closed: false,
            _counted: counted,
        }
    }

    /// Puts what waits into a message; the waker is left behind where nothing does.
    fn next_message(&mut self, context: &Context<'_>) -> Option<Bytes> {
        let (pieces, call) = (&mut self.pieces, &self.link.transport);
        self.link.pull(&self.host, |outgoing| {
            if outgoing.unsent() > 0 {
                let first = outgoing.take_frames(HEAD_LEN, MAX_FRAMES_BYTES, pieces);
                return Some(with_head(first, pieces));
            }
            call.pull().waker = Some(context.waker().clone());
            None
        })
    }

    /// The trailers, when the session has ended for that reason.
    fn trailers(&mut self, failed_only: bool) -> Option<HeaderMap> {
        let mut pull = self.link.transport.pull();
        match &pull.ended {
            Some(Ok(())) if !failed_only => Some(metadata::ok_trailers()),
            Some(Err(_)) => pull.ended.take().and_then(Result::err),
            _ => None,
        }
    }

    fn next(&mut self, context: &Context<'_>) -> Option<Frame<Bytes>> {
        if let Some(piece) = self.pieces.pop_front() {
            return Some(Frame::data(piece));
        }
        // A session that failed answers nothing more.
        if let Some(trailers) = self.trailers(true) {
            return Some(Frame::trailers(trailers));
        }
        if let Some(piece) = self.next_message(context) {
            return Some(Frame::data(piece));
        }
        self.trailers(false).map(Frame::trailers)
    }
}

impl Body for Replies {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.closed {
            return Poll::Ready(None);
        }
        let Some(frame) = self.next(context) else {
            return Poll::Pending;
        };
        self.closed = frame.is_trailers();
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        self.link.transport.pull().gone = true;
        self.link.wake.notify_one();
    }
}

/// Writes what stands before the frames into the room that was left in front of the first piece.
fn with_head(mut first: Vec<u8>, rest: &VecDeque<Bytes>) -> Bytes {
    let frames = first.len() - HEAD_LEN + rest.iter().map(Bytes::len).sum::<usize>();
    let (length, length_len) = varint(frames);
    let start = LENGTH_LEN - length_len;
    let message_len = u32::try_from(1 + length_len + frames).unwrap_or(u32::MAX);
    let (prefix, field) = first[start..HEAD_LEN].split_at_mut(PREFIX_LEN);
    prefix[1..].copy_from_slice(&message_len.to_be_bytes());
    field[0] = FRAME_KEY;
    field[1..].copy_from_slice(&length[..length_len]);
    let mut first = Bytes::from(first);
    first.advance(start);
    first
}

/// A number under 2 MiB as protobuf writes it, in the shortest form, and the bytes of that.
fn varint(number: usize) -> ([u8; LENGTH_LEN], usize) {
    let mut bytes = [0; LENGTH_LEN];
    let (mut rest, mut at) = (number, 0);
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 || at + 1 == LENGTH_LEN {
            bytes[at] = low & 0x7f;
            return (bytes, at + 1);
        }
        bytes[at] = low | 0x80;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_its_length_twice_in_the_shortest_form() {
        for (count, expected) in [
            (1, &[0, 0, 0, 0, 3, 0x0a, 1][..]),
            (127, &[0, 0, 0, 0, 129, 0x0a, 127]),
            (128, &[0, 0, 0, 0, 131, 0x0a, 0x80, 1]),
            (
                MAX_FRAMES_BYTES,
                &[0, 0, 0x10, 0, 4, 0x0a, 0x80, 0x80, 0x40],
            ),
        ] {
            let own = count / 2;
            let rest = VecDeque::from([Bytes::from(vec![7; count - own])]);
            let first = with_head(vec![0; HEAD_LEN + own], &rest);
            assert_eq!(first[..expected.len()], *expected, "{count}");
            assert_eq!(first.len(), expected.len() + own);
        }
    }
}
