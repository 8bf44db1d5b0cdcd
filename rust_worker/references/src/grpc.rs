//! Tonic with its defaults: what its code generator writes for `EchoService`, without the generator.

use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::task::{Context, Poll};

use http::{Request, Response};
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::Server;
use tonic_prost::ProstCodec;

/// `kernels.v1.EchoRequest` and `EchoResponse`, which are alike.
#[derive(Clone, PartialEq, prost::Message)]
struct Echo {
    #[prost(bytes = "vec", tag = "1")]
    payload: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct EchoService;

impl NamedService for EchoService {
    const NAME: &'static str = "kernels.v1.EchoService";
}

impl Service<Request<Body>> for EchoService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(async move {
            let codec = ProstCodec::<Echo, Echo>::default();
            Ok(Grpc::new(codec).unary(EchoMethod, request).await)
        })
    }
}

#[derive(Clone, Copy, Debug)]
struct EchoMethod;

impl UnaryService<Echo> for EchoMethod {
    type Response = Echo;
    type Future = BoxFuture<tonic::Response<Echo>, tonic::Status>;

    fn call(&mut self, request: tonic::Request<Echo>) -> Self::Future {
        Box::pin(async move { Ok(tonic::Response::new(request.into_inner())) })
    }
}

/// Serves until the process is killed; `ready` is called when the socket is bound.
#[tokio::main]
pub async fn serve(path: &Path, ready: impl FnOnce()) -> Result<(), Box<dyn Error>> {
    let incoming = UnixListenerStream::new(UnixListener::bind(path)?);
    ready();
    let server = Server::builder().add_service(EchoService);
    Ok(server.serve_with_incoming(incoming).await?)
}
