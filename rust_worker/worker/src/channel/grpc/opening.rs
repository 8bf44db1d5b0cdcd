//! The first bytes of an HTTP/2 connection: a peer that does not send them is not kept.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

/// A client opens with 24 fixed bytes and a SETTINGS frame of at least 9 (RFC 9113, section 3.4).
const OPENING_BYTES: usize = 24 + 9;

/// A stream that tells when its peer has sent its opening.
#[derive(Debug)]
pub(super) struct Opening<S> {
    stream: S,
    missing: usize,
    tell: Option<oneshot::Sender<()>>,
}

impl<S> Opening<S> {
    /// Gives the stream, and a receiver that is answered once as many bytes have come as an opening takes.
    pub(super) fn watch(stream: S) -> (Self, oneshot::Receiver<()>) {
        let (tell, told) = oneshot::channel();
        let opening = Self {
            stream,
            missing: OPENING_BYTES,
            tell: Some(tell),
        };
        (opening, told)
    }

    fn count(&mut self, bytes: usize) {
        self.missing = self.missing.saturating_sub(bytes);
        if self.missing == 0
            && let Some(tell) = self.tell.take()
        {
            // Nobody listens when the connection has ended.
            let _ = tell.send(());
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.tell.is_some() {
            self.count(buffer.filled().len() - before);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
