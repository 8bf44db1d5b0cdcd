//! The channel `grpc-stream`: the frames of protos/FRAME.md as one bidi call, `/wire.v1.FrameService/Stream`.
//!
//! - `messages` takes the client's frames out of its messages; `replies` puts ours into messages when HTTP/2 asks.
//! - The session is the one of `frames`: here it is a task beside hyper's, which owns the stream.

mod messages;
mod replies;

use std::io::{self, IoSliceMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, Request, Response};
use hyper::body::{Body, Incoming};
use sidecar_wire::lists::{Channel, Reason};
use sidecar_wire::status::Failure;
use tonic::Status;
use tonic::body::Body as ReplyBody;

use crate::channel::frames::{Link, Outgoing, Session, SessionError, Transport, Wanted};
use crate::channel::grpc::metadata;
use crate::channel::grpc::router::Counted;
use crate::host::{Host, receipt};
use crate::shutdown::Watcher;
use messages::Messages;
use replies::{Pull, Replies};

/// Full name of the service.
pub(super) const SERVICE: &str = "wire.v1.FrameService";

/// Path of the method.
pub(super) const METHOD: &str = "/wire.v1.FrameService/Stream";

/// Opens a connection of frames; `counted` lives as long as it does.
pub(super) fn answer(
    host: &Arc<Host>,
    watcher: Watcher,
    counted: Counted,
    request: Request<Incoming>,
) -> Response<ReplyBody> {
    let (parts, body) = request.into_parts();
    if let Err(failure) = metadata::check_content_type(&parts.headers) {
        return refuse(host, failure);
    }
    let link = Arc::new(Link::new(Call::new(body)));
    let session = Session::new(Arc::clone(host), Arc::clone(&link), watcher);
    tokio::spawn(serve(Arc::clone(host), Arc::clone(&link), session));
    let replies = Replies::new(Arc::clone(host), link, counted);
    let mut response = Response::new(ReplyBody::new(replies));
    *response.headers_mut() = metadata::stream_headers();
    response
}

/// A call that is not served.
pub(super) fn refuse(host: &Host, failure: Failure) -> Response<ReplyBody> {
    status(host, failure).into_http()
}

/// Runs the session; then the reply ends as the session did.
async fn serve(host: Arc<Host>, link: Arc<Link<Call>>, session: Session<Call>) {
    let ended = session.run().await;
    if let Err(error) = &ended {
        tracing::debug!(%error, "a stream ended early");
    }
    link.transport.pull().end(match ended {
        Ok(()) => Ok(()),
        Err(error) => Err(trailers(&host, error)),
    });
}

fn trailers(host: &Host, error: SessionError) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // It fails for a status whose text is no header, and that text is our own.
    let _ = status(host, failure(error)).add_header(&mut trailers);
    trailers
}

fn failure(error: SessionError) -> Failure {
    match error {
        SessionError::Io(error) => error.downcast().unwrap_or_else(|_| {
            Failure::new(
                Reason::CallerCancelled,
                "the stream was reset by its caller",
            )
        }),
        SessionError::Cut(_) => Failure::new(Reason::Draining, error.to_string()),
        SessionError::Protocol(_) | SessionError::NoHello => {
            Failure::new(Reason::MalformedHeader, error.to_string())
        }
    }
}

fn status(host: &Host, failure: Failure) -> Status {
    let outcome = Err(failure);
    let receipt = receipt(&outcome, 0, None, 0);
    match &outcome {
        Err(failure) => metadata::status(host, failure, &receipt),
        Ok(()) => Status::ok(""),
    }
}

/// One bidi call as the bytes of a connection: read from the request's body, written when the reply's body is asked.
#[derive(Debug)]
struct Call {
    // Only the session's task reads; the lock is what lets it do so through a shared reference.
    request: Mutex<Requests>,
    pull: Mutex<Pull>,
}

/// The client's direction.
#[derive(Debug)]
struct Requests {
    body: Incoming,
    messages: Messages,
    ended: bool,
}

impl Call {
    fn new(body: Incoming) -> Self {
        let request = Requests {
            body,
            messages: Messages::default(),
            ended: false,
        };
        Self {
            request: Mutex::new(request),
            pull: Mutex::default(),
        }
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pull(&self) -> MutexGuard<'_, Pull> {
        self.pull.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Call {
    const CHANNEL: Channel = Channel::GrpcStream;
    // One HTTP/2 connection may have thousands of streams.
    const FIRST_READ_BYTES: usize = 4 * 1024;
    const HALF_CLOSES: bool = true;

    /// Room is made by the reply's body alone, which wakes the session by the link.
    async fn ready(&self, wanted: Wanted) -> io::Result<bool> {
        if wanted == Wanted::Room {
            return std::future::pending().await;
        }
        std::future::poll_fn(|context| self.requests().poll_ready(context)).await
    }

    fn read(&self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let mut requests = self.requests();
        let mut count = 0;
        for slice in slices {
            let filled = requests.fill(slice)?;
            count += filled;
            if filled < slice.len() {
                break;
            }
        }
        if count == 0 && !requests.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(count)
    }

    /// A stream that was reset shows here alone: its request ends as if the client had half-closed.
    fn write(&self, outgoing: &mut Outgoing) -> io::Result<bool> {
        self.pull().ask(outgoing.unsent() > 0)?;
        Ok(false)
    }
}

impl Requests {
    /// Waits until bytes of the client are in hand, or it has ended.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while !self.messages.has_bytes() && !self.ended {
            match std::task::ready!(std::pin::Pin::new(&mut self.body).poll_frame(context)) {
                None => self.end()?,
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.messages.put(data);
                    }
                }
            }
        }
        Poll::Ready(Ok(true))
    }

    fn end(&mut self) -> io::Result<()> {
        self.ended = true;
        self.messages.end().map_err(io::Error::other)
    }

    /// Copies frame bytes until `out` is full or no more have come. What HTTP/2 cuts to 16 KiB is put together here.
    fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // What would wake it is of no use: the session asks again, by `ready`, before it waits.
        let mut context = Context::from_waker(Waker::noop());
        let mut filled = 0;
        loop {
            filled += self
                .messages
                .copy_to(&mut out[filled..])
                .map_err(io::Error::other)?;
            if filled == out.len() || self.ended || self.poll_ready(&mut context)?.is_pending() {
                return Ok(filled);
            }
        }
    }
}
