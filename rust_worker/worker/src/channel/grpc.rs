//! The channels `grpc-uds` and `grpc-tcp`: plain gRPC for every kernel, with health and reflection; and `grpc-stream`.
//!
//! - `router` sends a request to health, to reflection, to its kernel or to `stream`; `unary` is one call of a kernel.
//! - `stream` is a connection of frames in one bidi call.
//! - `opening` waits for a peer's first bytes; `message` reads a length-prefixed message and writes one; `metadata` is what stands in headers and trailers.
//! - `health` and `reflection` are the two services that every gRPC tool expects.
//!
//! HTTP/2 is hyper's, status and details are tonic's. tonic's own server is not used: it answers a deadline with
//! CANCELLED, can't bound a drain, and copies each message twice more.

mod health;
mod message;
mod metadata;
mod opening;
mod reflection;
mod router;
mod stream;
mod unary;

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use sidecar_wire::lists::Channel;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use crate::host::Host;
use crate::shutdown::{Phase, Watcher};
use crate::socket;
use opening::Opening;
pub(crate) use reflection::Reflection;
use router::Router;

/// Bytes a peer may send on one stream before it waits: a message with room to spare.
const STREAM_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// Bytes a peer may send on one connection before it waits.
const CONNECTION_WINDOW_BYTES: u32 = 32 * 1024 * 1024;

/// The largest frame that a peer may send; the default of 16 KiB costs a system call each.
const HTTP2_FRAME_BYTES: u32 = 1024 * 1024;

/// Reply bytes of one stream that wait inside the HTTP/2 library.
const SEND_BUFFER_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of all headers of a request.
const HEADER_LIST_BYTES: u32 = 16 * 1024;

/// Calls in flight on one connection, as on a frame connection.
const MAX_STREAMS: u32 = sidecar_wire::lists::WINDOW_CALLS;

/// How long streams that are no calls (a watch, a reflection) have to end when the calls are finished.
const LINGER: Duration = Duration::from_millis(250);

/// A peer that has not opened HTTP/2 by then is cut, like one without a hello on a frame connection.
const OPENING_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait when the system has no descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections on a Unix socket until the worker drains.
pub(crate) async fn serve_uds(
    listener: UnixListener,
    host: Arc<Host>,
    reflection: Arc<Reflection>,
    watcher: Watcher,
) {
    let mut draining = watcher.clone();
    while let Some(accepted) = next(listener.accept(), &mut draining).await {
        match accepted.and_then(|(stream, _)| private(stream)) {
            Ok(stream) => open(stream, Channel::GrpcUds, &host, &reflection, &watcher),
            Err(error) => not_accepted(&error).await,
        }
    }
}

/// Accepts connections on TCP until the worker drains.
pub(crate) async fn serve_tcp(
    listener: TcpListener,
    host: Arc<Host>,
    reflection: Arc<Reflection>,
    watcher: Watcher,
) {
    let mut draining = watcher.clone();
    while let Some(accepted) = next(listener.accept(), &mut draining).await {
        match accepted.and_then(|(stream, _)| undelayed(stream)) {
            Ok(stream) => open(stream, Channel::GrpcTcp, &host, &reflection, &watcher),
            Err(error) => not_accepted(&error).await,
        }
    }
}

async fn next<T>(accept: impl Future<Output = T>, draining: &mut Watcher) -> Option<T> {
    tokio::select! {
        accepted = accept => Some(accepted),
        () = draining.reached(Phase::Draining) => None,
    }
}

async fn not_accepted(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

fn private(stream: UnixStream) -> io::Result<UnixStream> {
    if !socket::is_own_peer(&stream) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the peer is another user",
        ));
    }
    socket::widen(&stream);
    Ok(stream)
}

/// A listener of one's own leaves the delay on, which costs 40 ms a call.
fn undelayed(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn open(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    channel: Channel,
    host: &Arc<Host>,
    reflection: &Arc<Reflection>,
    watcher: &Watcher,
) {
    let router = Router::new(
        Arc::clone(host),
        channel,
        Arc::clone(reflection),
        watcher.clone(),
    );
    let watcher = watcher.clone();
    tokio::spawn(async move {
        if let Err(error) = connection(stream, router, watcher).await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// Serves one connection: first until its peer has spoken, then freely, then until its calls are finished, then until its other streams are.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut watcher: Watcher,
) -> hyper::Result<()> {
    let calls = router.calls();
    let (stream, opened) = Opening::watch(stream);
    let mut connection = pin!(http2().serve_connection(TokioIo::new(stream), router));
    tokio::select! {
        ended = &mut connection => return ended,
        opened = timeout(OPENING_TIMEOUT, opened) => if opened.is_err() {
            tracing::debug!("a peer that did not open HTTP/2 was cut");
            return Ok(());
        },
        () = watcher.reached(Phase::Draining) => {}
    }
    tokio::select! {
        ended = &mut connection => return ended,
        () = watcher.reached(Phase::Draining) => {}
    }
    // No goaway yet: a call on this connection is to be told DRAINING, not to look for another worker by itself.
    tokio::select! {
        ended = &mut connection => return ended,
        () = calls.finished() => {}
        () = watcher.reached(Phase::Cut) => return Ok(()),
    }
    connection.as_mut().graceful_shutdown();
    timeout(LINGER, connection).await.unwrap_or(Ok(()))
}

fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(HTTP2_FRAME_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .max_header_list_size(HEADER_LIST_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        // The library cuts a connection whose caller cancels 20 calls at once; that would lose every other call.
        .max_pending_accept_reset_streams(MAX_STREAMS as usize)
        .auto_date_header(false);
    builder
}
