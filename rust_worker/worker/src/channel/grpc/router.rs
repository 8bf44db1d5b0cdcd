//! Where a request goes: to health, to reflection, or to its kernel.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use hyper::body::Incoming;
use sidecar_wire::lists::Channel;
use tokio::sync::Notify;
use tonic::body::Body;
use tonic::codegen::Service;

use crate::channel::grpc::health::{self, HealthServer};
use crate::channel::grpc::reflection::Reflection;
use crate::channel::grpc::{stream, unary};
use crate::host::{Host, draining};
use crate::shutdown::{Phase, Watcher};

/// The services of one connection.
#[derive(Clone)]
pub(super) struct Router {
    shared: Arc<Shared>,
}

struct Shared {
    host: Arc<Host>,
    channel: Channel,
    watcher: Watcher,
    calls: Arc<Calls>,
    held: AtomicUsize,
    health: HealthServer,
    reflection: Arc<Reflection>,
}

impl Router {
    pub(super) fn new(
        host: Arc<Host>,
        channel: Channel,
        reflection: Arc<Reflection>,
        watcher: Watcher,
    ) -> Self {
        let shared = Shared {
            health: health::server(&host, watcher.clone()),
            reflection,
            host,
            channel,
            watcher,
            calls: Arc::default(),
            held: AtomicUsize::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The calls in flight on this connection.
    pub(super) fn calls(&self) -> Arc<Calls> {
        Arc::clone(&self.shared.calls)
    }
}

/// The services that a host has, each once: those of its kernels, and that of the frames.
pub(super) fn hosted(host: &Host) -> BTreeSet<&'static str> {
    let kernels = host.registry.iter().map(|kernel| kernel.spec().service);
    kernels.chain([stream::SERVICE]).collect()
}

/// A reply on its way.
pub(super) type Reply = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl hyper::service::Service<Request<Incoming>> for Router {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Reply;

    fn call(&self, request: Request<Incoming>) -> Reply {
        let shared = Arc::clone(&self.shared);
        let path = request.uri().path();
        if path == stream::METHOD {
            let opened = shared.open_stream(request);
            return Box::pin(std::future::ready(Ok(opened)));
        }
        match path.rsplit_once('/').map_or("", |(service, _)| service) {
            "/grpc.health.v1.Health" => Box::pin(shared.health.clone().call(request)),
            "/grpc.reflection.v1.ServerReflection" => shared.reflection.call_v1(request),
            "/grpc.reflection.v1alpha.ServerReflection" => shared.reflection.call_v1alpha(request),
            _ => Box::pin(async move { Ok(shared.call_kernel(request).await) }),
        }
    }
}

impl Shared {
    fn open_stream(&self, request: Request<Incoming>) -> Response<Body> {
        if self.watcher.phase() >= Phase::Draining {
            return stream::refuse(&self.host, draining());
        }
        let counted = Calls::enter(&self.calls);
        stream::answer(&self.host, self.watcher.clone(), counted, request)
    }

    async fn call_kernel(&self, request: Request<Incoming>) -> Response<Body> {
        let draining = self.watcher.phase() >= Phase::Draining;
        let _counted = (!draining).then(|| Calls::enter(&self.calls));
        let (parts, body) = request.into_parts();
        unary::answer(&self.host, self.channel, draining, &self.held, parts, body).await
    }
}

/// Counts the calls in flight on one connection.
#[derive(Debug, Default)]
pub(super) struct Calls {
    in_flight: AtomicUsize,
    none_left: Notify,
}

impl Calls {
    fn enter(calls: &Arc<Self>) -> Counted {
        calls.in_flight.fetch_add(1, Ordering::AcqRel);
        Counted(Arc::clone(calls))
    }

    /// Waits until no call is in flight.
    pub(super) async fn finished(&self) {
        while self.in_flight.load(Ordering::Acquire) > 0 {
            // A permit is kept when the last call ends between the look and the wait.
            self.none_left.notified().await;
        }
    }
}

/// One call in flight.
#[derive(Debug)]
pub(super) struct Counted(Arc<Calls>);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.none_left.notify_one();
        }
    }
}
