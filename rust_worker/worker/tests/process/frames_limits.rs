//! The channels `uds` and `grpc-stream`: their limits, and what a client must not do.

use std::io::Write;
use std::time::{Duration, Instant};

use sidecar_wire::faults_v1::{AllocRequest, SleepRequest};
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, FrameType, MAX_FRAME_BYTES, Reason, WINDOW_CALLS};
use sidecar_wire::wire_v1::Hello;
use tonic::Code;

use crate::frame_client::{
    FrameClient, call_frames, encoded, frame, header_of, hello, over_both_transports,
};
use crate::process::{SOON, Worker};

over_both_transports! {
    a_frame_that_breaks_a_rule_closes_its_connection_and_no_other,
    anything_before_the_hello_closes_the_connection,
    a_peer_that_says_no_hello_is_cut_after_five_seconds,
    a_call_over_the_window_is_refused_and_a_reply_gives_its_credit_back,
    unfinished_requests_of_a_connection_are_bounded,
    an_announced_total_alone_costs_no_memory,
    a_client_that_does_not_read_is_not_read_either,
    a_client_that_reads_late_gets_every_reply,
    large_replies_to_a_client_that_does_not_read_are_not_computed,
}

const MIB: usize = 1024 * 1024;

fn echo(size: usize) -> Vec<u8> {
    encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![7; size].into(),
        },
    )
}

fn a_frame_that_breaks_a_rule_closes_its_connection_and_no_other(door: &str) {
    let worker = Worker::start(&[door]);
    let mut other = FrameClient::connect(&worker);
    let hello_header = encoded(Codec::Msgpack, &hello());
    let payload = echo(8);
    let header = encoded(Codec::Msgpack, &header_of("echo", Codec::Raw, &payload));
    let call = |id| frame(FrameType::Call, false, id, &header, &payload);
    let changed = |at: usize, value: u8| {
        let mut bytes = call(1);
        bytes[at] = value;
        bytes
    };
    let goaway_id = frame(FrameType::Goaway, false, 7, &[0x92, 0, 0], &[]);
    let cases = [
        ("too short", changed(0, 3)),
        ("header past the end", changed(6, 200)),
        ("over the frame limit", changed(2, 0xff)),
        ("type 0", changed(4, 0)),
        ("type 8", changed(4, 8)),
        ("unknown flag", changed(5, 2)),
        (
            "a reply from a client",
            changed(4, FrameType::Reply.number()),
        ),
        ("call id 0", changed(8, 0)),
        ("a call id twice", [call(5), call(5)].concat()),
        ("a call id that falls", [call(5), call(4)].concat()),
        (
            "a second hello",
            frame(FrameType::Hello, false, 0, &hello_header, &[]),
        ),
        (
            "a long ping",
            frame(FrameType::Ping, false, 1, &[], &[0; 65]),
        ),
        (
            "a cancel with a payload",
            frame(FrameType::Cancel, false, 1, &[], &[0]),
        ),
        ("a goaway with an id", goaway_id),
        (
            "a goaway that does not decode",
            frame(FrameType::Goaway, false, 0, &[0xc0], &[]),
        ),
    ];
    for (name, bytes) in cases {
        let mut client = FrameClient::connect(&worker);
        client.send(&bytes);
        let start = Instant::now();
        // Calls before the wrong frame may be answered.
        while client.read_frame().is_some() {}
        assert!(start.elapsed() < SOON / 2, "{name}: not closed");
        client.assert_ended(Code::InvalidArgument, name);
        assert_eq!(
            other.call("echo", Codec::Raw, &payload).reason(),
            Reason::None,
            "{name}"
        );
    }
}

fn anything_before_the_hello_closes_the_connection(door: &str) {
    let worker = Worker::start(&[door]);
    let payload = echo(8);
    let call = call_frames(
        1,
        &header_of("echo", Codec::Raw, &payload),
        &payload,
        MAX_FRAME_BYTES,
    );
    let tiny_frames = encoded(
        Codec::Msgpack,
        &Hello {
            max_frame_bytes: 100,
            ..hello()
        },
    );
    let cases = [
        ("a call", call.concat()),
        ("a ping", frame(FrameType::Ping, false, 1, &[], &[])),
        (
            "a hello that does not decode",
            frame(FrameType::Hello, false, 0, &[0xc0], &[]),
        ),
        (
            "a hello with too small frames",
            frame(FrameType::Hello, false, 0, &tiny_frames, &[]),
        ),
    ];
    for (name, bytes) in cases {
        let mut client = FrameClient::silent(&worker);
        client.send(&bytes);
        assert!(client.is_closed(), "{name}");
        client.assert_ended(Code::InvalidArgument, name);
    }
}

fn a_peer_that_says_no_hello_is_cut_after_five_seconds(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::silent(&worker);
    let start = Instant::now();
    assert!(client.is_closed());
    let waited = start.elapsed();
    client.assert_ended(Code::InvalidArgument, "no hello");
    assert!((4.0..15.0).contains(&waited.as_secs_f64()), "{waited:?}");
}

fn a_call_over_the_window_is_refused_and_a_reply_gives_its_credit_back(door: &str) {
    let flags = [
        door,
        "--faults",
        "--compute-threads",
        "1",
        "--queue",
        "10000",
    ];
    let worker = Worker::start(&flags);
    let mut client = FrameClient::connect(&worker);
    let sleep = SleepRequest {
        duration_ns: 60_000_000_000,
        stubborn: false,
    };
    let sleep = encoded(Codec::Raw, &sleep);
    let instant = encoded(Codec::Raw, &SleepRequest::default());
    let blocker = client.send_call(&header_of("sleep", Codec::Raw, &sleep), &sleep);
    for _ in 1..WINDOW_CALLS {
        client.send_call(&header_of("sleep", Codec::Raw, &instant), &instant);
    }
    let over = client.send_call(&header_of("sleep", Codec::Raw, &instant), &instant);
    let refused = client.read_reply();
    assert_eq!((refused.id, refused.reason()), (over, Reason::QueueFull));
    client.send(&frame(FrameType::Cancel, false, blocker, &[], &[]));
    assert_eq!(client.read_reply().reason(), Reason::CallerCancelled);
    for _ in 1..WINDOW_CALLS {
        assert_eq!(client.read_reply().reason(), Reason::None);
    }
    let again = client.call("sleep", Codec::Raw, &instant);
    assert_eq!(again.reason(), Reason::None);
}

fn unfinished_requests_of_a_connection_are_bounded(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payload = echo(4 * MIB - 8);
    let header = header_of("echo", Codec::Raw, &payload);
    for _ in 0..16 {
        let id = client.next_id();
        client.send(&call_frames(id, &header, &payload, MAX_FRAME_BYTES)[0]);
    }
    let over = client.next_id();
    client.send(&call_frames(over, &header, &payload, MAX_FRAME_BYTES)[0]);
    let refused = client.read_reply();
    assert_eq!((refused.id, refused.reason()), (over, Reason::QueueFull));
    assert!(
        worker.resident_bytes() < 40 * MIB,
        "{}",
        worker.resident_bytes()
    );
}

fn an_announced_total_alone_costs_no_memory(door: &str) {
    let worker = Worker::start(&[door]);
    let before = worker.resident_bytes();
    let mut clients: Vec<_> = (0..20).map(|_| FrameClient::connect(&worker)).collect();
    let header = encoded(
        Codec::Msgpack,
        &sidecar_wire::wire_v1::CallHeader {
            total_bytes: 4 << 20,
            ..header_of("echo", Codec::Raw, &[])
        },
    );
    for client in &mut clients {
        for id in 1..=16 {
            client.send(&frame(FrameType::Call, true, id, &header, &[1; 10]));
        }
    }
    let pong = |client: &mut FrameClient| {
        client.send(&frame(FrameType::Ping, false, 1, &[], &[]));
        assert!(client.read_frame().is_some());
    };
    clients.iter_mut().for_each(pong);
    // Announced are 1,280 MiB.
    let grown = worker.resident_bytes().saturating_sub(before);
    assert!(grown < 60 * MIB, "{grown} bytes");
}

/// Sends until the worker takes no more, or `bound` bytes are sent.
fn send_without_reading(
    client: &mut FrameClient,
    call: impl Fn(u64) -> Vec<u8>,
    bound: usize,
) -> usize {
    client
        .stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .expect("ours");
    let mut sent = 0;
    while sent < bound {
        let id = client.next_id();
        let bytes = call(id);
        if client.stream.write_all(&bytes).is_err() {
            break;
        }
        sent += bytes.len();
    }
    sent
}

fn a_client_that_does_not_read_is_not_read_either(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payload = echo(60_000);
    let header = header_of("echo", Codec::Raw, &payload);
    let call = |id| call_frames(id, &header, &payload, MAX_FRAME_BYTES).concat();
    let sent = send_without_reading(&mut client, call, 200 * MIB);
    assert!(sent < 60 * MIB, "{sent} bytes were taken");
    assert!(
        worker.resident_bytes() < 80 * MIB,
        "{}",
        worker.resident_bytes()
    );
    let mut other = FrameClient::connect(&worker);
    assert!(other.call("echo", Codec::Raw, &payload).payload == payload);
}

fn a_client_that_reads_late_gets_every_reply(door: &str) {
    let worker = Worker::start(&[door]);
    // Around the limit of unsent replies: in some of them the worker stops inside the last bytes that it read.
    for calls in [90_000, 100_000, 110_000] {
        let mut client = FrameClient::connect(&worker);
        let mut writer = client.stream.try_clone().expect("a descriptor");
        let sender = std::thread::spawn(move || {
            // Sixteen bytes a call, some hundred a reply.
            let bytes: Vec<u8> = (1..=calls)
                .flat_map(|id| frame(FrameType::Call, false, id, &[], &[]))
                .collect();
            writer
                .write_all(&bytes)
                .expect("the worker reads in the end");
        });
        std::thread::sleep(Duration::from_millis(100));
        for _ in 0..calls {
            assert_eq!(client.read_reply().reason(), Reason::MalformedHeader);
        }
        sender.join().expect("all was sent");
    }
}

fn large_replies_to_a_client_that_does_not_read_are_not_computed(door: &str) {
    let worker = Worker::start(&[door, "--faults", "--queue", "4000"]);
    let mut client = FrameClient::connect(&worker);
    let alloc = encoded(Codec::Raw, &AllocRequest { size: 4_000_000 });
    let header = header_of("alloc", Codec::Raw, &alloc);
    for _ in 0..300 {
        client.send_call(&header, &alloc);
    }
    std::thread::sleep(Duration::from_secs(1));
    // Computed and kept, the replies would take 1,200 MB.
    assert!(
        worker.resident_bytes() < 100 * MIB,
        "{}",
        worker.resident_bytes()
    );
    for _ in 0..300 {
        assert_eq!(client.read_reply().payload.len(), 4_000_008);
    }
}
