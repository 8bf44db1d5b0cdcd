//! The channels `uds` and `grpc-stream`: what a well-behaved client sees.

use std::time::{Duration, Instant};

use sidecar_wire::Message;
use sidecar_wire::faults_v1::{AllocRequest, PanicRequest, SleepRequest};
use sidecar_wire::kernels_v1::{EchoRequest, EchoResponse};
use sidecar_wire::lists::{
    CONTRACT, Codec, Executed, FrameType, MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, Reason, WINDOW_CALLS,
};
use sidecar_wire::stamps::now_ns;
use sidecar_wire::wire_v1::{CallHeader, Goaway};
use tonic::Code;

use crate::frame_client::{
    FrameClient, call_frames, encoded, frame, header_of, hello, over_both_transports,
};
use crate::process::Worker;

over_both_transports! {
    the_workers_hello_states_its_limits_and_clock,
    echo_answers_the_same_bytes_in_every_codec_and_size,
    stamps_come_when_they_are_asked_for_and_rise,
    calls_sent_behind_the_hello_without_waiting_are_answered,
    several_io_threads_serve_many_connections_at_once,
    pieces_of_several_calls_may_be_mixed,
    a_small_call_passes_a_large_one,
    replies_are_cut_to_the_frames_that_the_client_takes,
    a_deadline_ends_a_running_kernel,
    a_call_that_is_late_when_it_leaves_the_queue_is_not_run,
    a_cancel_ends_a_running_kernel,
    a_cancel_of_a_call_that_is_not_whole_or_not_known_is_heeded_or_ignored,
    a_connection_that_goes_away_gives_its_calls_up,
    a_full_queue_is_refused_with_a_time_to_come_back,
    a_header_that_asks_for_what_is_not_to_be_had_fails_its_call_only,
    a_kernel_that_fails_fails_its_call_only,
    a_header_that_does_not_decode_fails_its_call_and_its_pieces_are_skipped,
    a_message_just_at_the_limit_is_taken_and_one_byte_more_is_not,
    a_ping_comes_back_with_its_payload,
    a_client_of_another_major_is_told_both_versions_and_sent_away,
    a_client_of_another_minor_is_served,
    a_clients_goaway_changes_nothing_for_calls_in_flight,
}

fn echo(size: usize) -> Vec<u8> {
    let payload: Vec<u8> = (0..size)
        .map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1])
        .collect();
    encoded(
        Codec::Raw,
        &EchoRequest {
            payload: payload.into(),
        },
    )
}

fn sleep(duration: Duration, stubborn: bool) -> Vec<u8> {
    let duration_ns = u64::try_from(duration.as_nanos()).expect("short");
    encoded(
        Codec::Raw,
        &SleepRequest {
            duration_ns,
            stubborn,
        },
    )
}

fn the_workers_hello_states_its_limits_and_clock(door: &str) {
    let worker = Worker::start(&[door, "--max-message-bytes", "1000"]);
    let (_, theirs) = FrameClient::connect_with(&worker, &hello());
    assert_eq!(
        (theirs.contract, theirs.max_message_bytes),
        (CONTRACT, 1000)
    );
    assert_eq!(theirs.max_frame_bytes, MAX_FRAME_BYTES as u64);
    assert_eq!(
        (theirs.window_calls, theirs.clock_domain.len()),
        (WINDOW_CALLS, 16)
    );
}

fn echo_answers_the_same_bytes_in_every_codec_and_size(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    for codec in Codec::ALL {
        for size in [
            0,
            1,
            64,
            8000,
            65_000,
            66_000,
            131_000,
            262_100,
            300_000,
            1 << 20,
            4_000_000,
        ] {
            let payload = vec![7; size];
            let request = encoded(
                *codec,
                &EchoRequest {
                    payload: payload.as_slice().into(),
                },
            );
            let reply = client.call("echo", *codec, &request);
            assert_eq!(reply.reason(), Reason::None, "{size} bytes");
            assert_eq!(reply.receipt.executed, Executed::Yes.number());
            assert_eq!(reply.receipt.kernel_version, 1 << 16);
            assert!(reply.receipt.stamps_ns.is_empty());
            let response = EchoResponse::decode(*codec, &reply.payload).expect("well formed");
            assert!(
                *response.payload == payload,
                "{} {size} bytes",
                codec.name()
            );
        }
    }
}

fn stamps_come_when_they_are_asked_for_and_rise(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    for size in [64, 100_000, 1_000_000] {
        let payload = echo(size);
        let header = CallHeader {
            stamps: true,
            ..header_of("echo", Codec::Raw, &payload)
        };
        let before = now_ns();
        client.send_call(&header, &payload);
        let stamps: Vec<u64> = client.read_reply().receipt.stamps_ns.iter().collect();
        let all = [&[before], &stamps[..], &[now_ns()]].concat();
        assert_eq!(stamps.len(), 5);
        assert!(all.is_sorted(), "{size} bytes: {all:?}");
    }
}

fn calls_sent_behind_the_hello_without_waiting_are_answered(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::silent(&worker);
    let payload = echo(64);
    let mut bytes = frame(
        FrameType::Hello,
        false,
        0,
        &encoded(Codec::Msgpack, &hello()),
        &[],
    );
    for id in 1..=3 {
        let header = header_of("echo", Codec::Raw, &payload);
        bytes.extend(call_frames(id, &header, &payload, MAX_FRAME_BYTES).concat());
    }
    client.send(&bytes);
    assert_eq!(
        client.read_frame().expect("hello").prefix.kind,
        FrameType::Hello
    );
    let ids: Vec<u64> = (0..3).map(|_| client.read_reply().id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

fn several_io_threads_serve_many_connections_at_once(door: &str) {
    let worker = Worker::start(&[door, "--io-threads", "3", "--compute-threads", "2"]);
    std::thread::scope(|threads| {
        for number in 0..16 {
            let worker = &worker;
            threads.spawn(move || {
                let mut client = FrameClient::connect(worker);
                for round in 0..50 {
                    let payload = echo(1 + number * 1000 + round * 6000);
                    let reply = client.call("echo", Codec::Raw, &payload);
                    assert!(reply.payload == payload, "connection {number}");
                }
            });
        }
    });
}

fn pieces_of_several_calls_may_be_mixed(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payloads = [echo(20_000), echo(1_000_000), echo(30), echo(700_000)];
    let mut queues: Vec<_> = (1..)
        .zip(&payloads)
        .map(|(id, payload)| {
            let header = header_of("echo", Codec::Raw, payload);
            call_frames(id, &header, payload, 7000).into_iter()
        })
        .collect();
    // First frames in order, for ids rise; then a piece of each in turn.
    while queues.iter().any(|queue| queue.len() > 0) {
        for queue in &mut queues {
            if let Some(piece) = queue.next() {
                client.send(&piece);
            }
        }
    }
    for _ in 0..payloads.len() {
        let reply = client.read_reply();
        let at = usize::try_from(reply.id - 1).expect("small");
        assert!(reply.payload == payloads[at], "call {}", reply.id);
    }
}

fn a_small_call_passes_a_large_one(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let (large, small) = (echo(3_000_000), echo(10));
    let large_id = client.next_id();
    let pieces = call_frames(
        large_id,
        &header_of("echo", Codec::Raw, &large),
        &large,
        MAX_FRAME_BYTES,
    );
    client.send(&pieces[0]);
    let reply = client.call("echo", Codec::Raw, &small);
    assert!(reply.payload == small);
    pieces[1..].iter().for_each(|piece| client.send(piece));
    assert!(client.read_reply().payload == large);
}

fn replies_are_cut_to_the_frames_that_the_client_takes(door: &str) {
    let worker = Worker::start(&[door]);
    let small_frames = sidecar_wire::wire_v1::Hello {
        max_frame_bytes: 4096,
        ..hello()
    };
    let (mut client, _) = FrameClient::connect_with(&worker, &small_frames);
    for size in [3000, 10_000, 500_000] {
        let payload = echo(size);
        client.send_call(&header_of("echo", Codec::Raw, &payload), &payload);
        let mut bytes = Vec::new();
        loop {
            let frame = client.read_frame().expect("the connection lives");
            assert!(frame.prefix.frame_len() <= 4096 + 4);
            bytes.extend(frame.payload);
            if !frame.prefix.more {
                break;
            }
        }
        assert!(bytes == payload, "{size} bytes");
    }
}

fn a_deadline_ends_a_running_kernel(door: &str) {
    let worker = Worker::start(&[door, "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(500), false);
    let header = CallHeader {
        deadline_ns: 20_000_000,
        ..header_of("sleep", Codec::Raw, &payload)
    };
    let start = Instant::now();
    client.send_call(&header, &payload);
    let reply = client.read_reply();
    assert_eq!(reply.reason(), Reason::Deadline);
    assert_eq!(reply.receipt.executed, Executed::Unknown.number());
    assert!(
        start.elapsed() < Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}

fn a_call_that_is_late_when_it_leaves_the_queue_is_not_run(door: &str) {
    let worker = Worker::start(&[door, "--faults", "--compute-threads", "1"]);
    let mut client = FrameClient::connect(&worker);
    let blocker = sleep(Duration::from_millis(150), false);
    client.send_call(&header_of("sleep", Codec::Raw, &blocker), &blocker);
    let header = CallHeader {
        deadline_ns: 20_000_000,
        ..header_of("sleep", Codec::Raw, &blocker)
    };
    let late = client.send_call(&header, &blocker);
    let replies = [client.read_reply(), client.read_reply()];
    let reply = replies
        .iter()
        .find(|reply| reply.id == late)
        .expect("both came");
    assert_eq!(reply.reason(), Reason::Deadline);
    assert_eq!(reply.receipt.executed, Executed::No.number());
}

fn a_cancel_ends_a_running_kernel(door: &str) {
    let worker = Worker::start(&[door, "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_secs(10), false);
    let start = Instant::now();
    let id = client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    std::thread::sleep(Duration::from_millis(20));
    client.send(&frame(FrameType::Cancel, false, id, &[], &[]));
    assert_eq!(client.read_reply().reason(), Reason::CallerCancelled);
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

fn a_cancel_of_a_call_that_is_not_whole_or_not_known_is_heeded_or_ignored(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payload = echo(1_000_000);
    let id = client.next_id();
    let pieces = call_frames(
        id,
        &header_of("echo", Codec::Raw, &payload),
        &payload,
        MAX_FRAME_BYTES,
    );
    client.send(&pieces[0]);
    client.send(&frame(FrameType::Cancel, false, id, &[], &[]));
    client.send(&frame(FrameType::Cancel, false, 99, &[], &[]));
    let reply = client.read_reply();
    assert_eq!(reply.reason(), Reason::CallerCancelled);
    assert_eq!(reply.receipt.executed, Executed::No.number());
    pieces[1..].iter().for_each(|piece| client.send(piece));
    assert_eq!(
        client.call("echo", Codec::Raw, &echo(1)).reason(),
        Reason::None
    );
}

fn a_connection_that_goes_away_gives_its_calls_up(door: &str) {
    let worker = Worker::start(&[door, "--faults", "--compute-threads", "1"]);
    let mut gone = FrameClient::connect(&worker);
    let long = sleep(Duration::from_mins(1), false);
    gone.send_call(&header_of("sleep", Codec::Raw, &long), &long);
    std::thread::sleep(Duration::from_millis(50));
    drop(gone);
    let short = sleep(Duration::from_millis(1), false);
    let reply = FrameClient::connect(&worker).call("sleep", Codec::Raw, &short);
    assert_eq!(reply.reason(), Reason::None);
}

fn a_full_queue_is_refused_with_a_time_to_come_back(door: &str) {
    let worker = Worker::start(&[door, "--faults", "--compute-threads", "1", "--queue", "1"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(200), false);
    let ids: Vec<u64> = (0..3)
        .map(|_| client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload))
        .collect();
    let refused = client.read_reply();
    assert_eq!((refused.id, refused.reason()), (ids[2], Reason::QueueFull));
    assert_eq!(refused.receipt.executed, Executed::No.number());
    assert!(refused.receipt.retry_after_ns > 0);
    for id in &ids[..2] {
        let reply = client.read_reply();
        assert_eq!((reply.id, reply.reason()), (*id, Reason::None));
    }
}

/// Makes the call, expects it to fail for that reason, and then a good one to succeed.
fn assert_fails(
    client: &mut FrameClient,
    header: &CallHeader<'_>,
    payload: &[u8],
    expected: Reason,
    case: &str,
) {
    let id = client.send_call(header, payload);
    let reply = client.read_reply();
    assert_eq!((reply.id, reply.reason()), (id, expected), "{case}");
    assert_eq!(
        reply.receipt.executed,
        expected.executed().number(),
        "{case}"
    );
    assert!(
        reply.payload.is_empty() && !reply.receipt.message.is_empty(),
        "{case}"
    );
    let good = echo(64);
    assert!(
        client.call("echo", Codec::Raw, &good).payload == good,
        "after {case}"
    );
}

/// Makes a good header wrong.
type Change = fn(&mut CallHeader<'_>);

fn a_header_that_asks_for_what_is_not_to_be_had_fails_its_call_only(door: &str) {
    let worker = Worker::start(&[door, "--max-message-bytes", "100000"]);
    let mut client = FrameClient::connect(&worker);
    let good = echo(64);
    let cases: [(&str, Change, Reason); 9] = [
        (
            "kernel",
            |header| header.kernel = b"nope".into(),
            Reason::UnknownKernel,
        ),
        (
            "no kernel",
            |header| header.kernel = b"".into(),
            Reason::UnknownKernel,
        ),
        ("codec", |header| header.codec = 9, Reason::UnknownCodec),
        (
            "request",
            |header| header.total_bytes = 100_001,
            Reason::RequestTooLarge,
        ),
        (
            "too few bytes",
            |header| header.total_bytes += 1,
            Reason::MalformedHeader,
        ),
        (
            "too many bytes",
            |header| header.total_bytes -= 1,
            Reason::MalformedHeader,
        ),
        (
            "name",
            |header| header.kernel = vec![b'x'; 65].into(),
            Reason::MalformedHeader,
        ),
        (
            "trace",
            |header| header.trace_context = vec![1; 24].into(),
            Reason::MalformedHeader,
        ),
        (
            "state",
            |header| header.tracestate = vec![b'x'; 513].into(),
            Reason::MalformedHeader,
        ),
    ];
    for (case, change, expected) in cases {
        let mut header = header_of("echo", Codec::Raw, &good);
        change(&mut header);
        assert_fails(&mut client, &header, &good, expected, case);
    }
}

fn a_kernel_that_fails_fails_its_call_only(door: &str) {
    let worker = Worker::start(&[door, "--faults", "--max-message-bytes", "100000"]);
    let mut client = FrameClient::connect(&worker);
    let alloc = encoded(Codec::Raw, &AllocRequest { size: 200_000 });
    let panics = PanicRequest {
        message: b"planted".into(),
    };
    let cases = [
        ("echo", vec![0xff; 72], Reason::MalformedPayload),
        ("alloc", alloc, Reason::ReplyTooLarge),
        (
            "panic",
            encoded(Codec::Raw, &panics),
            Reason::KernelPanicked,
        ),
    ];
    for (kernel, payload, expected) in cases {
        let header = header_of(kernel, Codec::Raw, &payload);
        assert_fails(&mut client, &header, &payload, expected, kernel);
    }
}

fn a_header_that_does_not_decode_fails_its_call_and_its_pieces_are_skipped(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    for header in [&[][..], &[0xc0], &[0x91], &[0xff; 300]] {
        let id = client.next_id();
        client.send(&frame(FrameType::Call, true, id, header, &[1; 5000]));
        client.send(&frame(FrameType::Call, true, id, &[], &vec![2; 200_000]));
        client.send(&frame(FrameType::Call, false, id, &[], &[3; 5000]));
        let reply = client.read_reply();
        assert_eq!((reply.id, reply.reason()), (id, Reason::MalformedHeader));
        assert_eq!(
            client.call("echo", Codec::Raw, &echo(9)).reason(),
            Reason::None
        );
    }
}

fn a_message_just_at_the_limit_is_taken_and_one_byte_more_is_not(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    // Raw: eight bytes of length stand before the payload.
    let fits = echo(MAX_MESSAGE_BYTES - 8);
    assert!(client.call("echo", Codec::Raw, &fits).payload == fits);
    let over = echo(MAX_MESSAGE_BYTES - 7);
    assert_eq!(
        client.call("echo", Codec::Raw, &over).reason(),
        Reason::RequestTooLarge
    );
    assert!(client.call("echo", Codec::Raw, &fits).payload == fits);
}

fn a_ping_comes_back_with_its_payload(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    for payload in [&b""[..], b"12345678", &[9; 64]] {
        client.send(&frame(FrameType::Ping, false, 42, &[], payload));
        let pong = client.read_frame().expect("the connection lives");
        assert_eq!(
            (pong.prefix.kind, pong.prefix.call_id),
            (FrameType::Pong, 42)
        );
        assert_eq!(pong.payload, payload);
    }
}

fn a_client_of_another_major_is_told_both_versions_and_sent_away(door: &str) {
    let worker = Worker::start(&[door]);
    let other = sidecar_wire::wire_v1::Hello {
        contract: 2 << 16,
        ..hello()
    };
    let (mut client, theirs) = FrameClient::connect_with(&worker, &other);
    assert_eq!(theirs.contract, CONTRACT);
    let goaway = client.read_goaway();
    assert_eq!(
        Reason::from_number(goaway.reason),
        Some(Reason::ContractMismatch)
    );
    assert_eq!(goaway.last_call_id, 0);
    assert!(client.is_closed());
    client.assert_ended(Code::Ok, "behind a goaway");
}

fn a_client_of_another_minor_is_served(door: &str) {
    let worker = Worker::start(&[door]);
    let other = sidecar_wire::wire_v1::Hello {
        contract: CONTRACT + 1,
        ..hello()
    };
    let (mut client, _) = FrameClient::connect_with(&worker, &other);
    assert_eq!(
        client.call("echo", Codec::Raw, &echo(1)).reason(),
        Reason::None
    );
}

fn a_clients_goaway_changes_nothing_for_calls_in_flight(door: &str) {
    let worker = Worker::start(&[door, "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(50), false);
    let id = client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    let goaway = encoded(
        Codec::Msgpack,
        &Goaway {
            last_call_id: id,
            reason: 0,
        },
    );
    client.send(&frame(FrameType::Goaway, false, 0, &goaway, &[]));
    assert_eq!(client.read_reply().reason(), Reason::None);
}
