//! How a worker ends: what was taken is finished, what is new is refused, nothing is left behind.

use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sidecar_wire::faults_v1::SleepRequest;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, Reason};
use tonic::Code;

use crate::frame_client::{FrameClient, encoded, header_of, over_both_transports};
use crate::process::Worker;

over_both_transports! {
    a_call_that_was_taken_is_answered_and_a_later_one_is_not,
    a_kernel_that_does_not_end_is_cut_at_the_bound,
    a_request_that_is_still_coming_is_finished,
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

#[test]
fn an_idle_worker_ends_at_once_and_leaves_nothing() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut worker = Worker::start(&[]);
        let mut client = FrameClient::connect(&worker);
        assert_eq!(worker.files().len(), 4);
        let start = Instant::now();
        worker.signal(signal);
        assert_eq!(worker.wait().code(), Some(0));
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        assert!(worker.files().is_empty(), "{:?}", worker.files());
        assert_eq!(
            Reason::from_number(client.read_goaway().reason),
            Some(Reason::Draining)
        );
        assert!(client.is_closed());
    }
}

fn a_call_that_was_taken_is_answered_and_a_later_one_is_not(door: &str) {
    let mut worker = Worker::start(&[door, "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(300), false);
    let taken = client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    std::thread::sleep(Duration::from_millis(50));
    worker.terminate();
    let goaway = client.read_goaway();
    assert_eq!(
        (goaway.last_call_id, goaway.reason),
        (taken, Reason::Draining.number())
    );
    let late = encoded(Codec::Raw, &EchoRequest::default());
    client.send_call(&header_of("echo", Codec::Raw, &late), &late);
    let reply = client.read_reply();
    assert_eq!((reply.id, reply.reason()), (taken, Reason::None));
    assert!(client.is_closed());
    client.assert_ended(Code::Ok, "behind a goaway");
    assert_eq!(worker.wait().code(), Some(0));
}

#[test]
fn a_draining_worker_takes_no_connection() {
    let mut worker = Worker::start(&["--uds", "--faults"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_millis(400), false);
    client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    std::thread::sleep(Duration::from_millis(50));
    worker.terminate();
    client.read_goaway();
    let start = Instant::now();
    // The goaway may come just before the listener closes.
    while UnixStream::connect(worker.endpoint("uds")).is_ok() {
        assert!(
            start.elapsed() < Duration::from_millis(300),
            "still listens"
        );
    }
    assert_eq!(worker.wait().code(), Some(0));
}

fn a_kernel_that_does_not_end_is_cut_at_the_bound(door: &str) {
    let mut worker = Worker::start(&[door, "--faults", "--drain-timeout", "200ms"]);
    let mut client = FrameClient::connect(&worker);
    let payload = sleep(Duration::from_mins(1), true);
    client.send_call(&header_of("sleep", Codec::Raw, &payload), &payload);
    std::thread::sleep(Duration::from_millis(50));
    let start = Instant::now();
    worker.terminate();
    assert_eq!(worker.wait().code(), Some(1));
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    assert!(worker.files().is_empty(), "{:?}", worker.files());
}

fn a_request_that_is_still_coming_is_finished(door: &str) {
    let mut worker = Worker::start(&[door]);
    let mut client = FrameClient::connect(&worker);
    let payload = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![7; 600_000].into(),
        },
    );
    let id = client.next_id();
    let header = header_of("echo", Codec::Raw, &payload);
    let pieces = crate::frame_client::call_frames(id, &header, &payload, 200_000);
    client.send(&pieces[0]);
    std::thread::sleep(Duration::from_millis(50));
    worker.terminate();
    assert_eq!(client.read_goaway().last_call_id, id);
    pieces[1..].iter().for_each(|piece| client.send(piece));
    assert!(client.read_reply().payload == payload);
    assert_eq!(worker.wait().code(), Some(0));
}
