//! Peers that mean no good: the worker lives, keeps its memory, and serves the others.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, FrameType, MAX_FRAME_BYTES, Reason};

use crate::frame_client::{
    FrameClient, call_frames, encoded, frame, header_of, hello, over_both_transports,
};
use crate::process::{SOON, Worker};

over_both_transports! {
    random_bytes_close_their_connection_and_nothing_else,
    good_frames_with_bytes_changed_at_random_do_no_harm,
    a_call_that_comes_byte_by_byte_is_answered,
    many_slow_connections_do_not_keep_others_from_their_calls,
    a_payload_never_reaches_the_log,
}

const MIB: usize = 1024 * 1024;

/// A small generator with a fixed seed, so that a failure comes again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("small")
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[3]).collect()
    }
}

fn echo(size: usize) -> Vec<u8> {
    encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![7; size].into(),
        },
    )
}

fn assert_serves(worker: &Worker) {
    let payload = echo(1000);
    let reply = FrameClient::connect(worker).call("echo", Codec::Raw, &payload);
    assert_eq!(
        (reply.reason(), reply.payload == payload),
        (Reason::None, true)
    );
}

fn random_bytes_close_their_connection_and_nothing_else(door: &str) {
    let worker = Worker::start(&[door, "--faults"]);
    let mut random = Random(0x5eed);
    for round in 0..300 {
        let mut client = FrameClient::silent(&worker);
        if round % 2 == 0 {
            client = FrameClient::connect(&worker);
        }
        let length = 1 + random.below(3000);
        let bytes = random.bytes(length);
        // The worker may close before all is written.
        let _ = client.stream.write_all(&bytes);
    }
    assert_serves(&worker);
    assert!(
        worker.resident_bytes() < 100 * MIB,
        "{}",
        worker.resident_bytes()
    );
}

fn good_frames_with_bytes_changed_at_random_do_no_harm(door: &str) {
    let worker = Worker::start(&[door]);
    let mut random = Random(0xfeed);
    for _ in 0..400 {
        let payload = echo(random.below(400));
        let header = header_of("echo", Codec::ALL[random.below(3)], &payload);
        let mut bytes = frame(
            FrameType::Hello,
            false,
            0,
            &encoded(Codec::Msgpack, &hello()),
            &[],
        );
        for id in 1..10 {
            bytes.extend(call_frames(id, &header, &payload, 300).concat());
        }
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] = random.next().to_le_bytes()[0];
        }
        let mut client = FrameClient::silent(&worker);
        client
            .stream
            .set_read_timeout(Some(Duration::from_millis(5)))
            .expect("ours");
        let _ = client.stream.write_all(&bytes);
        let mut scrap = [0; 4096];
        while matches!(client.stream.read(&mut scrap), Ok(count) if count > 0) {}
    }
    assert_serves(&worker);
    assert!(
        worker.resident_bytes() < 100 * MIB,
        "{}",
        worker.resident_bytes()
    );
}

fn a_call_that_comes_byte_by_byte_is_answered(door: &str) {
    let worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payload = echo(100);
    let id = client.next_id();
    let header = header_of("echo", Codec::Raw, &payload);
    for piece in call_frames(id, &header, &payload, 60) {
        for byte in piece {
            client.send(&[byte]);
        }
    }
    assert!(client.read_reply().payload == payload);
}

fn many_slow_connections_do_not_keep_others_from_their_calls(door: &str) {
    let worker = Worker::start(&[door]);
    let before = worker.resident_bytes();
    let start_of_a_call = frame(FrameType::Call, true, 1, &[], &[1; 50]);
    let slow: Vec<FrameClient> = (0..200)
        .map(|number| {
            let mut client = FrameClient::connect(&worker);
            client.send(&start_of_a_call[..=number % start_of_a_call.len()]);
            client
        })
        .collect();
    assert_serves(&worker);
    let grown = worker.resident_bytes().saturating_sub(before);
    assert!(grown < slow.len() * 256 * 1024, "{grown} bytes");
}

#[test]
fn a_grpc_peer_that_does_not_open_http2_is_cut_after_five_seconds() {
    let worker = Worker::start(&[]);
    let address = worker.endpoint("grpc-uds");
    let start = Instant::now();
    let mut peers: Vec<UnixStream> = [&b""[..], b"PRI * HTTP/2.0\r\n"]
        .iter()
        .map(|bytes| {
            let mut peer = UnixStream::connect(address).expect("it listens");
            peer.set_read_timeout(Some(SOON)).expect("ours");
            peer.write_all(bytes).expect("taken");
            peer
        })
        .collect();
    for peer in &mut peers {
        // The worker's own settings may come first.
        let mut scrap = Vec::new();
        peer.read_to_end(&mut scrap).expect("closed");
        let waited = start.elapsed();
        assert!((4.0..15.0).contains(&waited.as_secs_f64()), "{waited:?}");
    }
}

#[test]
fn random_bytes_on_the_grpc_ports_do_no_harm() {
    let worker = Worker::start(&[]);
    let mut random = Random(0xdead);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    for round in 0..100 {
        let length = 1 + random.below(2000);
        let mut bytes = random.bytes(length);
        if round % 2 == 0 {
            bytes = [&preface[..], &bytes].concat();
        }
        write_and_leave(
            TcpStream::connect(worker.endpoint("grpc-tcp")).expect("it listens"),
            &bytes,
        );
        write_and_leave(
            UnixStream::connect(worker.endpoint("grpc-uds")).expect("it listens"),
            &bytes,
        );
    }
    assert_serves(&worker);
    assert!(
        worker.resident_bytes() < 100 * MIB,
        "{}",
        worker.resident_bytes()
    );
}

fn write_and_leave(mut stream: impl Write, bytes: &[u8]) {
    match stream.write_all(bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("the worker does not read"),
        _ => {}
    }
}

fn a_payload_never_reaches_the_log(door: &str) {
    let mut worker = Worker::start_with(&[door, "--faults"], &[("SIDECAR_LOG", "trace")]);
    let mut client = FrameClient::connect(&worker);
    let secret = b"jane.doe@example.org".as_slice();
    let panics = encoded(
        Codec::Raw,
        &sidecar_wire::faults_v1::PanicRequest {
            message: secret.into(),
        },
    );
    assert_eq!(
        client.call("panic", Codec::Raw, &panics).reason(),
        Reason::KernelPanicked
    );
    let request = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: secret.into(),
        },
    );
    client.call("echo", Codec::Raw, &request);
    client.call("echo", Codec::Msgpack, &request);
    let id = client.next_id();
    let header = header_of("echo", Codec::Raw, &request);
    client.send(&call_frames(id, &header, &request, MAX_FRAME_BYTES).concat());
    worker.terminate();
    worker.wait();
    let log = worker.log();
    assert!(log.contains("panicked"), "{log}");
    assert!(!log.contains("jane.doe"), "{log}");
}
