//! Resident state: loaded before the line on stdout, or by the first call.

use sidecar_wire::kernels_v1::{TokenizeRequest, TopkRequest};
use sidecar_wire::lists::{Codec, Reason};
use sidecar_wire::wire_v1::CallHeader;

use crate::frame_client::{FrameClient, encoded, header_of};
use crate::process::Worker;

/// How long the first call of a kernel computes in a fresh worker, in ns.
fn first_compute_ns(flags: &[&str], kernel: &'static str, payload: &[u8]) -> u64 {
    let worker = Worker::start(flags);
    let mut client = FrameClient::connect(&worker);
    let header = CallHeader {
        stamps: true,
        ..header_of(kernel, Codec::Raw, payload)
    };
    client.send_call(&header, payload);
    let reply = client.read_reply();
    assert_eq!(reply.reason(), Reason::None, "{kernel}");
    let stamps: Vec<u64> = reply.receipt.stamps_ns.iter().collect();
    let [_, _, dequeued, computed, _] = stamps[..] else {
        panic!("{kernel}: {stamps:?}");
    };
    computed - dequeued
}

#[test]
fn the_first_call_of_a_worker_that_preloaded_does_not_load() {
    let text = TokenizeRequest {
        text: b"hello world".into(),
        count_only: true,
    };
    let query = TopkRequest {
        query: [1; 384].as_slice().into(),
        k: 1,
    };
    let cases = [
        ("tokenize", encoded(Codec::Raw, &text)),
        ("topk", encoded(Codec::Raw, &query)),
    ];
    for (kernel, payload) in cases {
        let loading = first_compute_ns(&["--uds"], kernel, &payload);
        let loaded = first_compute_ns(&["--uds", "--preload"], kernel, &payload);
        assert!(
            2 * loaded < loading,
            "{kernel}: {loaded} ns preloaded, {loading} ns not"
        );
    }
}
