//! gRPC server reflection, `v1` and, for older tools, `v1alpha`.

use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use sidecar_wire::DESCRIPTOR_SET;
use tonic::codegen::Service;
use tonic_reflection::server::{Builder, Error};

use crate::channel::grpc::router::{Reply, hosted};
use crate::host::Host;

type Handler = Box<dyn Fn(Request<Incoming>) -> Reply + Send + Sync>;

/// Both versions of the service; one pair in a worker.
pub(crate) struct Reflection {
    v1: Handler,
    v1alpha: Handler,
}

impl std::fmt::Debug for Reflection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reflection").finish_non_exhaustive()
    }
}

impl Reflection {
    /// Describes the kernels that `host` has. `descriptors` are encoded `FileDescriptorSet`s of kernels from elsewhere.
    ///
    /// # Errors
    /// When one of them does not decode.
    pub(crate) fn new(host: &Host, descriptors: &[&[u8]]) -> Result<Arc<Self>, Error> {
        let v1 = builder(host, descriptors, "grpc.reflection.v1.ServerReflection").build_v1()?;
        let v1alpha = builder(
            host,
            descriptors,
            "grpc.reflection.v1alpha.ServerReflection",
        )
        .build_v1alpha()?;
        Ok(Arc::new(Self {
            v1: Box::new(move |request| Box::pin(v1.clone().call(request))),
            v1alpha: Box::new(move |request| Box::pin(v1alpha.clone().call(request))),
        }))
    }

    pub(super) fn call_v1(&self, request: Request<Incoming>) -> Reply {
        (self.v1)(request)
    }

    pub(super) fn call_v1alpha(&self, request: Request<Incoming>) -> Reply {
        (self.v1alpha)(request)
    }
}

/// Only what is hosted is listed: the descriptors of kernels that misbehave are known, the services may not be there.
fn builder<'b>(host: &Host, descriptors: &[&'b [u8]], own: &str) -> Builder<'b> {
    let services = hosted(host)
        .into_iter()
        .chain(["grpc.health.v1.Health", own]);
    let sets = [DESCRIPTOR_SET, tonic_health::pb::FILE_DESCRIPTOR_SET];
    let described = sets.into_iter().chain(descriptors.iter().copied()).fold(
        Builder::configure(),
        Builder::register_encoded_file_descriptor_set,
    );
    services.fold(described, |builder, service| {
        builder.with_service_name(service)
    })
}
