//! An ordinary gRPC client: tonic's, with the bytes of a message as its message.

use bytes::{Buf, BufMut, Bytes};
use hyper_util::rt::TokioIo;
use sidecar_wire::Message;
use sidecar_wire::lists::{Codec as PayloadCodec, Reason};
use sidecar_wire::wire_v1::Receipt;
use tokio::net::UnixStream;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::process::Worker;

/// Hands bytes through.
#[derive(Clone, Copy, Default)]
pub(crate) struct Through;

impl Codec for Through {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Through {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Through {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

/// The two gRPC channels of a worker, by name.
pub(crate) const CHANNELS: [&str; 2] = ["grpc-tcp", "grpc-uds"];

pub(crate) async fn connect(worker: &Worker, channel: &str) -> Channel {
    connect_to(worker.endpoint(channel)).await
}

/// Connects to a path or to a host and port.
pub(crate) async fn connect_to(address: &str) -> Channel {
    if !address.contains('/') {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        return endpoint.connect().await.expect("it listens");
    }
    let address = address.to_owned();
    let connector = tower::service_fn(move |_| {
        let address = address.clone();
        async move { UnixStream::connect(address).await.map(TokioIo::new) }
    });
    let endpoint = Endpoint::from_static("http://localhost");
    endpoint
        .connect_with_connector(connector)
        .await
        .expect("it listens")
}

pub(crate) async fn call(
    channel: &Channel,
    path: &str,
    request: Request<Vec<u8>>,
) -> Result<Response<Bytes>, Status> {
    let mut grpc = Grpc::new(channel.clone()).max_decoding_message_size(64 << 20);
    grpc.ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    grpc.unary(
        request.map(Bytes::from),
        path.parse().expect("a path"),
        Through,
    )
    .await
}

pub(crate) fn with(payload: Vec<u8>, entries: &[(&'static str, &str)]) -> Request<Vec<u8>> {
    let mut request = Request::new(payload);
    for (name, value) in entries {
        request
            .metadata_mut()
            .insert(*name, value.parse().expect("visible ASCII"));
    }
    request
}

pub(crate) struct ReceiptFields {
    pub(crate) reason: Option<Reason>,
    pub(crate) executed: u32,
    pub(crate) total_bytes: u64,
    pub(crate) kernel_version: u32,
    pub(crate) stamps: Vec<u64>,
}

/// The receipt in headers or trailers.
pub(crate) fn receipt(metadata: &MetadataMap) -> ReceiptFields {
    let bytes = metadata
        .get_bin("boundary-receipt-bin")
        .expect("a receipt")
        .to_bytes()
        .expect("base64");
    let receipt = Receipt::decode(PayloadCodec::Protobuf, &bytes).expect("well formed");
    ReceiptFields {
        reason: Reason::from_number(receipt.reason),
        executed: receipt.executed,
        total_bytes: receipt.total_bytes,
        kernel_version: receipt.kernel_version,
        stamps: receipt.stamps_ns.iter().collect(),
    }
}

/// What an error says in its details; code, ErrorInfo and receipt must agree.
pub(crate) fn reason(status: &Status) -> Reason {
    let details = status.get_error_details();
    let info = details
        .error_info()
        .unwrap_or_else(|| panic!("no ErrorInfo: {status:?}"));
    let reason = *Reason::ALL
        .iter()
        .find(|reason| reason.name() == info.reason)
        .expect("of the list");
    assert_eq!(info.domain, "sidecar-ipc.dev");
    assert_eq!(status.code() as u32, reason.status().number());
    assert_eq!(receipt(status.metadata()).reason, Some(reason));
    assert!(info.metadata.contains_key("executed"));
    reason
}
