//! The channels `grpc-uds` and `grpc-tcp`, seen by ordinary clients.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sidecar_kernels::Registry;
use sidecar_wire::Message;
use sidecar_wire::faults_v1::{AllocRequest, PanicRequest, SleepRequest};
use sidecar_wire::kernels_v1::{EchoRequest, EchoResponse};
use sidecar_wire::lists::{Codec, Executed, MAX_MESSAGE_BYTES, Reason};
use sidecar_wire::stamps::now_ns;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use crate::frame_client::encoded;
use crate::grpc_client::{CHANNELS, call, connect, reason, receipt, with};
use crate::process::Worker;

const ECHO: &str = "/kernels.v1.EchoService/Echo";
const SLEEP: &str = "/faults.v1.SleepService/Sleep";

fn echo(size: usize) -> Vec<u8> {
    encoded(
        Codec::Protobuf,
        &EchoRequest {
            payload: vec![7; size].into(),
        },
    )
}

fn sleep(duration: Duration) -> Vec<u8> {
    let duration_ns = u64::try_from(duration.as_nanos()).expect("short");
    encoded(
        Codec::Protobuf,
        &SleepRequest {
            duration_ns,
            stubborn: false,
        },
    )
}

#[tokio::test]
async fn echo_answers_the_same_bytes_in_every_size() {
    let worker = Worker::start(&[]);
    for name in CHANNELS {
        let channel = connect(&worker, name).await;
        for size in [0, 1, 64, 16_000, 17_000, 70_000, 1 << 20, 4_000_000] {
            let response = call(&channel, ECHO, with(echo(size), &[]))
                .await
                .expect("answered");
            let receipt = receipt(response.metadata());
            assert_eq!(
                (receipt.reason, receipt.executed),
                (Some(Reason::None), Executed::Yes.number())
            );
            assert_eq!((receipt.kernel_version, receipt.stamps.len()), (1 << 16, 0));
            assert_eq!(
                response
                    .metadata()
                    .get("boundary-contract")
                    .expect("stated"),
                "1.0"
            );
            let bytes = response.into_inner();
            assert_eq!(receipt.total_bytes, bytes.len() as u64);
            let echoed = EchoResponse::decode(Codec::Protobuf, &bytes).expect("well formed");
            assert!(*echoed.payload == vec![7; size], "{name} {size} bytes");
        }
    }
}

#[tokio::test]
async fn stamps_come_when_they_are_asked_for_and_rise() {
    let worker = Worker::start(&["--grpc-uds"]);
    let channel = connect(&worker, "grpc-uds").await;
    for size in [64, 1_000_000] {
        let before = now_ns();
        let request = with(echo(size), &[("boundary-stamps", "1")]);
        let response = call(&channel, ECHO, request).await.expect("answered");
        let stamps = receipt(response.metadata()).stamps;
        let all = [&[before], &stamps[..], &[now_ns()]].concat();
        assert!(stamps.len() == 5 && all.is_sorted(), "{all:?}");
    }
}

#[tokio::test]
async fn many_calls_at_once_get_their_own_replies() {
    let worker = Worker::start(&["--grpc-tcp", "127.0.0.1:0"]);
    let channel = connect(&worker, "grpc-tcp").await;
    let calls = (0..200).map(|size| {
        let channel = channel.clone();
        tokio::spawn(async move {
            let request = echo(size * 997);
            let reply = call(&channel, ECHO, with(request.clone(), &[]))
                .await
                .expect("answered");
            assert!(reply.into_inner() == request);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("answered");
    }
}

/// Makes the call, expects it to fail for that reason, and then a good one to succeed.
async fn assert_fails(channel: &Channel, path: &str, request: Request<Vec<u8>>, expected: Reason) {
    let status = call(channel, path, request).await.expect_err(path);
    assert_eq!(reason(&status), expected, "{path}");
    assert!(!status.message().is_empty());
    let good = with(echo(1), &[("boundary-contract", "1.7")]);
    call(channel, ECHO, good)
        .await
        .expect("the connection lives on");
}

#[tokio::test]
async fn a_call_that_fails_says_why_in_code_details_and_receipt() {
    let worker = Worker::start(&["--faults"]);
    let alloc = encoded(Codec::Protobuf, &AllocRequest { size: 5 << 20 });
    let panics = PanicRequest {
        message: b"planted".into(),
    };
    let panics = encoded(Codec::Protobuf, &panics);
    let cases = [
        (
            "/kernels.v1.EchoService/Nope",
            echo(1),
            Reason::UnknownKernel,
        ),
        ("/nobody.v1.NoService/No", echo(1), Reason::UnknownKernel),
        (ECHO, vec![0xff; 9], Reason::MalformedPayload),
        (ECHO, echo(MAX_MESSAGE_BYTES), Reason::RequestTooLarge),
        (
            "/faults.v1.AllocService/Alloc",
            alloc,
            Reason::ReplyTooLarge,
        ),
        (
            "/faults.v1.PanicService/Panic",
            panics,
            Reason::KernelPanicked,
        ),
    ];
    for name in CHANNELS {
        let channel = connect(&worker, name).await;
        for (path, payload, expected) in &cases {
            assert_fails(&channel, path, with(payload.clone(), &[]), *expected).await;
        }
    }
}

#[tokio::test]
async fn metadata_that_is_not_understood_fails_its_call() {
    let worker = Worker::start(&["--grpc-uds"]);
    let channel = connect(&worker, "grpc-uds").await;
    let cases = [
        ("grpc-timeout", "5x", Reason::MalformedHeader),
        ("grpc-timeout", "123456789S", Reason::MalformedHeader),
        ("grpc-timeout", "S", Reason::MalformedHeader),
        ("boundary-stamps", "yes", Reason::MalformedHeader),
        ("boundary-contract", "one", Reason::MalformedHeader),
        ("boundary-contract", "2.0", Reason::ContractMismatch),
    ];
    for (key, value, expected) in cases {
        let request = with(echo(1), &[(key, value)]);
        assert_fails(&channel, ECHO, request, expected).await;
    }
}

#[tokio::test]
async fn a_full_queue_is_refused_with_a_time_to_come_back() {
    let worker = Worker::start(&[
        "--grpc-uds",
        "--faults",
        "--compute-threads",
        "1",
        "--queue",
        "1",
    ]);
    let channel = connect(&worker, "grpc-uds").await;
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let channel = channel.clone();
            let request = with(sleep(Duration::from_millis(300)), &[]);
            tokio::spawn(async move { call(&channel, SLEEP, request).await })
        })
        .collect();
    let mut refused = Vec::new();
    for call in calls {
        refused.extend(call.await.expect("ended").err());
    }
    assert_eq!(refused.len(), 1, "one runs, one waits, one is refused");
    assert_eq!(reason(&refused[0]), Reason::QueueFull);
    let details = refused[0].get_error_details();
    let delay = details.retry_info().and_then(|retry| retry.retry_delay);
    assert!(
        delay.is_some_and(|delay| delay > Duration::ZERO),
        "{delay:?}"
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_ends_its_kernel() {
    let worker = Worker::start(&["--grpc-uds", "--faults", "--compute-threads", "1"]);
    let channel = connect(&worker, "grpc-uds").await;
    let long = call(&channel, SLEEP, with(sleep(Duration::from_mins(1)), &[]));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), long)
            .await
            .is_err()
    );
    let start = Instant::now();
    call(&channel, SLEEP, with(sleep(Duration::ZERO), &[]))
        .await
        .expect("the thread is free");
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn health_says_serving_for_every_service_and_the_whole() {
    let worker = Worker::start(&[]);
    for name in CHANNELS {
        let mut health = HealthClient::new(connect(&worker, name).await);
        for service in [
            "",
            "kernels.v1.EchoService",
            "kernels.v1.RedactService",
            "wire.v1.FrameService",
        ] {
            let request = HealthCheckRequest {
                service: service.into(),
            };
            let status = health
                .check(request)
                .await
                .expect("known")
                .into_inner()
                .status();
            assert_eq!(status, ServingStatus::Serving, "{service}");
        }
        let hidden = HealthCheckRequest {
            service: "faults.v1.PanicService".into(),
        };
        assert_eq!(
            health.check(hidden).await.expect_err("not hosted").code(),
            Code::NotFound
        );
    }
}

#[tokio::test]
async fn a_watch_sees_the_drain_and_ends() {
    let mut worker = Worker::start(&["--grpc-tcp", "127.0.0.1:0"]);
    let mut health = HealthClient::new(connect(&worker, "grpc-tcp").await);
    let mut watch = health
        .watch(HealthCheckRequest::default())
        .await
        .expect("served")
        .into_inner();
    let mut seen = Vec::new();
    seen.push(
        watch
            .next()
            .await
            .expect("a status")
            .expect("a status")
            .status(),
    );
    let start = Instant::now();
    worker.terminate();
    while let Some(Ok(response)) = watch.next().await {
        seen.push(response.status());
    }
    assert_eq!(seen, [ServingStatus::Serving, ServingStatus::NotServing]);
    assert_eq!(worker.wait().code(), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn both_reflections_list_what_is_hosted_and_describe_it() {
    let worker = Worker::start(&[]);
    let registry = Registry::standard();
    let kernels = registry.iter().map(|kernel| kernel.spec().service);
    let expected: BTreeSet<_> = kernels
        .chain(["grpc.health.v1.Health", "wire.v1.FrameService"])
        .collect();
    let v1 = reflection::v1(connect(&worker, "grpc-tcp").await).await;
    let v1alpha = reflection::v1alpha(connect(&worker, "grpc-uds").await).await;
    for (services, own) in [
        (v1, "grpc.reflection.v1.ServerReflection"),
        (v1alpha, "grpc.reflection.v1alpha.ServerReflection"),
    ] {
        let listed: BTreeSet<_> = services.iter().map(String::as_str).collect();
        assert_eq!(listed.len(), services.len(), "each once");
        assert_eq!(listed, expected.iter().copied().chain([own]).collect());
    }
}

/// The same question in both versions of the protocol.
pub(crate) mod reflection {
    use tokio_stream::StreamExt;
    use tonic::transport::Channel;
    use tonic_reflection::pb;

    macro_rules! list {
        ($version:ident) => {
            pub(crate) async fn $version(channel: Channel) -> Vec<String> {
                use pb::$version::server_reflection_client::ServerReflectionClient;
                use pb::$version::server_reflection_request::MessageRequest;
                use pb::$version::server_reflection_response::MessageResponse;
                let ask = |question| pb::$version::ServerReflectionRequest {
                    host: String::new(),
                    message_request: Some(question),
                };
                let questions = vec![
                    ask(MessageRequest::ListServices(String::new())),
                    ask(MessageRequest::FileContainingSymbol(
                        "kernels.v1.RedactService".into(),
                    )),
                ];
                let mut client = ServerReflectionClient::new(channel);
                let answers = client.server_reflection_info(tokio_stream::iter(questions));
                let mut answers = answers.await.expect("served").into_inner();
                let mut next = async || {
                    answers
                        .next()
                        .await
                        .expect("an answer")
                        .expect("an answer")
                        .message_response
                };
                let Some(MessageResponse::ListServicesResponse(list)) = next().await else {
                    panic!("no list");
                };
                let Some(MessageResponse::FileDescriptorResponse(file)) = next().await else {
                    panic!("no description");
                };
                assert!(!file.file_descriptor_proto.is_empty());
                list.service
                    .into_iter()
                    .map(|service| service.name)
                    .collect()
            }
        };
    }

    list!(v1);
    list!(v1alpha);
}

#[tokio::test]
async fn a_draining_worker_finishes_calls_and_refuses_new_ones_on_the_same_connection() {
    for name in CHANNELS {
        let mut worker = Worker::start(&["--faults"]);
        let channel = connect(&worker, name).await;
        let slow = channel.clone();
        let taken = tokio::spawn(async move {
            call(&slow, SLEEP, with(sleep(Duration::from_millis(400)), &[])).await
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        worker.terminate();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let status = call(&channel, ECHO, with(echo(1), &[]))
            .await
            .expect_err("draining");
        assert_eq!(reason(&status), Reason::Draining, "{name}");
        taken.await.expect("ended").expect("answered");
        assert_eq!(worker.wait().code(), Some(0), "{name}");
        assert!(worker.files().is_empty());
    }
}

#[tokio::test]
async fn an_open_reflection_stream_does_not_keep_the_worker() {
    let mut worker = Worker::start(&["--grpc-tcp", "127.0.0.1:0"]);
    let channel = connect(&worker, "grpc-tcp").await;
    let mut client =
        tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(channel);
    let _open = client
        .server_reflection_info(tokio_stream::pending())
        .await
        .expect("served");
    let start = Instant::now();
    worker.terminate();
    assert_eq!(worker.wait().code(), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}
