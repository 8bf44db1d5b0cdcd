//! `grpc.health.v1.Health`: every hosted service and the whole are serving until the worker drains.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer as TonicHealthServer};
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::channel::grpc::router::hosted;
use crate::host::Host;
use crate::shutdown::{Phase, Watcher};

/// The service as hyper calls it.
pub(super) type HealthServer = TonicHealthServer<Serving>;

/// Says what the worker's phase means to a health checker. tonic-health's own service can't end its watches.
#[derive(Debug)]
pub(super) struct Serving {
    services: Arc<HashSet<&'static str>>,
    watcher: Watcher,
}

pub(super) fn server(host: &Host, watcher: Watcher) -> HealthServer {
    let services = Arc::new(hosted(host).into_iter().chain([""]).collect());
    HealthServer::new(Serving { services, watcher })
}

impl Serving {
    fn status(&self, service: &str) -> Option<ServingStatus> {
        self.services
            .contains(service)
            .then(|| match self.watcher.phase() {
                Phase::Serving => ServingStatus::Serving,
                _ => ServingStatus::NotServing,
            })
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse {
        status: status.into(),
    }
}

#[tonic::async_trait]
impl Health for Serving {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let status = self.status(&request.get_ref().service);
        let status = status.ok_or_else(|| Status::not_found("no such service here"))?;
        Ok(Response::new(response(status)))
    }

    type WatchStream = ReceiverStream<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (send, receive) = mpsc::channel(1);
        let status = self.status(&request.get_ref().service);
        let watcher = self.watcher.clone();
        tokio::spawn(tell(send, status, watcher));
        Ok(Response::new(ReceiverStream::new(receive)))
    }
}

/// Tells the status now and again when the worker drains; then the watch ends.
async fn tell(
    send: mpsc::Sender<Result<HealthCheckResponse, Status>>,
    status: Option<ServingStatus>,
    mut watcher: Watcher,
) {
    let now = status.unwrap_or(ServingStatus::ServiceUnknown);
    let _ = send.send(Ok(response(now))).await;
    tokio::select! {
        () = watcher.reached(Phase::Draining) => {}
        () = send.closed() => return,
    }
    if status.is_some() {
        let _ = send.send(Ok(response(ServingStatus::NotServing))).await;
    }
}
