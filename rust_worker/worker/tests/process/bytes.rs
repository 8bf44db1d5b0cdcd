//! Kernels without a proto of their own: called by name over gRPC, and like any other in frames.

use std::io::{PipeWriter, pipe};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Parser;
use sidecar_kernels::{BytesKernel, Checkpoint, KernelError, Registry};
use sidecar_wire::Message;
use sidecar_wire::bytes::{BYTES_METHOD, BYTES_SERVICE};
use sidecar_wire::kernels_v1::{BytesRequest, BytesResponse};
use sidecar_wire::lists::{Codec, Reason, metadata};
use sidecar_worker::{Options, Worker};
use tempfile::TempDir;
use tonic::Request;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::frame_client::{FrameClient, encoded};
use crate::grpc::reflection;
use crate::grpc_client::{call, connect_to, reason, with};
use crate::process::{SOON, private_folder};

// The signature is the kernel's.
#[allow(clippy::unnecessary_wraps)]
fn upper(input: &[u8], _: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
    Ok(input.to_ascii_uppercase())
}

#[allow(clippy::unnecessary_wraps)]
fn reverse(input: &[u8], _: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
    Ok(input.iter().rev().copied().collect())
}

/// A worker of another project, in a thread of the test: its own kernels beside ours.
struct OwnWorker {
    folder: TempDir,
    lifeline: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl OwnWorker {
    fn start() -> Self {
        let folder = private_folder();
        let (watched, lifeline) = pipe().expect("descriptors");
        let flags = format!(
            "own-worker --socket-dir {} --lifeline-fd {}",
            folder.path().display(),
            watched.as_raw_fd()
        );
        let options = Options::try_parse_from(flags.split(' ')).expect("good flags");
        let mut registry = Registry::standard();
        for kernel in [
            BytesKernel::new("upper", upper as fn(&[u8], &Checkpoint<'_>) -> _),
            BytesKernel::new("reverse", reverse),
        ] {
            registry.register(kernel).expect("a new name");
        }
        let thread = std::thread::spawn(move || {
            Worker::builder().registry(registry).build().run(&options);
            drop(watched);
        });
        let worker = Self {
            folder,
            lifeline: Some(lifeline),
            thread: Some(thread),
        };
        wait_for(&worker.socket("worker.sock"));
        wait_for(&worker.socket("worker-grpc.sock"));
        worker
    }

    fn socket(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    async fn channel(&self) -> Channel {
        connect_to(&self.socket("worker-grpc.sock")).await
    }
}

impl Drop for OwnWorker {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        self.thread.take().map(JoinHandle::join);
    }
}

fn wait_for(path: &str) {
    let start = Instant::now();
    while !Path::new(path).exists() {
        assert!(start.elapsed() < SOON, "{path} does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn request(codec: Codec, data: &[u8]) -> Vec<u8> {
    encoded(codec, &BytesRequest { data: data.into() })
}

fn named(name: &str) -> Request<Vec<u8>> {
    let payload = request(Codec::Protobuf, b"abc");
    with(payload, &[(metadata::KERNEL, name)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_without_a_proto_is_called_by_the_name_in_the_metadata() {
    let worker = OwnWorker::start();
    let channel = worker.channel().await;
    for (name, expected) in [("upper", b"ABC"), ("reverse", b"cba")] {
        let reply = call(&channel, BYTES_METHOD, named(name)).await.expect(name);
        let reply = reply.into_inner();
        let response = BytesResponse::decode(Codec::Protobuf, &reply).expect("well formed");
        assert_eq!(&*response.data, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_missing_wrong_or_not_meant_is_refused() {
    let worker = OwnWorker::start();
    let channel = worker.channel().await;
    let long = "x".repeat(65);
    let cases = [
        ("nobody", Reason::UnknownKernel),
        ("", Reason::UnknownKernel),
        ("echo", Reason::UnknownKernel),
        (long.as_str(), Reason::MalformedHeader),
    ];
    for (name, expected) in cases {
        let status = call(&channel, BYTES_METHOD, named(name)).await;
        assert_eq!(reason(&status.expect_err(name)), expected, "{name:?}");
    }
    let nameless = with(request(Codec::Protobuf, b"abc"), &[]);
    let status = call(&channel, BYTES_METHOD, nameless).await;
    let status = status.expect_err("no name");
    assert_eq!(reason(&status), Reason::MalformedHeader);
    assert!(status.message().contains(metadata::KERNEL), "{status:?}");
}

#[test]
fn a_kernel_without_a_proto_is_called_in_frames_like_any_other() {
    let worker = OwnWorker::start();
    let mut client = FrameClient::connect_at(&worker.socket("worker.sock"));
    for codec in Codec::ALL {
        let reply = client.call("upper", *codec, &request(*codec, b"abc"));
        assert_eq!(reply.reason(), Reason::None, "{}", codec.name());
        let response = BytesResponse::decode(*codec, &reply.payload).expect("well formed");
        assert_eq!(&*response.data, b"ABC");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_service_is_listed_once_by_health_and_reflection() {
    let worker = OwnWorker::start();
    let service = BYTES_SERVICE.to_owned();
    let mut health = HealthClient::new(worker.channel().await);
    let answer = health.check(HealthCheckRequest { service }).await;
    let status = answer.expect("known").into_inner().status();
    assert_eq!(status, ServingStatus::Serving);
    let services = reflection::v1(worker.channel().await).await;
    let listed = services.iter().filter(|name| *name == BYTES_SERVICE);
    assert_eq!(listed.count(), 1);
}
