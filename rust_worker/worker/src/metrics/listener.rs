//! Serves the text at `/metrics` over HTTP/1.1: one thread, few connections, each short.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener as Bound;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder as RuntimeBuilder;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::metrics::exposition::Exposition;

/// Where the text is.
const PATH: &str = "/metrics";

/// The media type of what the library writes.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Connections at once; further ones wait in the system's queue.
const CONNECTIONS: usize = 4;

/// From the accept to the last byte; a connection carries one request.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Bytes of a request's head; the least that the library takes.
const HEAD_BYTES: usize = 8192;

/// How long to wait when the system has no descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Starts the thread, which ends with the process.
///
/// # Errors
/// When the system gives no thread, or the listener can't be used.
pub fn serve(listener: Bound, exposition: Exposition) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = RuntimeBuilder::new_current_thread().enable_all().build()?;
    let mut registry = Registry::default();
    registry.register_collector(Box::new(exposition));
    thread::Builder::new()
        .name("metrics".into())
        .spawn(move || {
            if let Err(error) = runtime.block_on(accept(listener, Arc::new(registry))) {
                tracing::error!(%error, "metrics are not served any more");
            }
        })?;
    Ok(())
}

async fn accept(listener: Bound, registry: Arc<Registry>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let registry = Arc::clone(&registry);
                tokio::spawn(async move {
                    connection(stream, &registry).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a scrape could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, registry: &Registry) {
    let answered = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(async |request| Ok::<_, Infallible>(answer(&request, registry))),
        );
    match timeout(ANSWER_WITHIN, answered).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a scrape ended early"),
        Err(_) => tracing::debug!("a scrape that took too long was cut"),
    }
}

fn answer(request: &Request<Incoming>, registry: &Registry) -> Response<Full<Bytes>> {
    if request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, "metrics are at /metrics\n");
    }
    if request.method() != Method::GET {
        let mut refused = plain(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
        refused
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET"));
        return refused;
    }
    let mut written = String::new();
    match text::encode(&mut written, registry) {
        Ok(()) => {
            let mut response = Response::new(Full::from(written));
            response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
            response
        }
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics do not encode\n",
        ),
    }
}

fn plain(status: StatusCode, line: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(line));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
