//! Test builds only (`--features plant`): a planted delay shows up in its stage and in no other.

use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, Stage};
use sidecar_wire::stamps::now_ns;
use sidecar_wire::wire_v1::CallHeader;

use crate::frame_client::{FrameClient, encoded, header_of};
use crate::grpc_client::{call, connect, receipt, with};
use crate::process::Worker;

const DELAY_NS: u64 = 50_000_000;

/// Small enough to be computed inline, and large enough not to be.
const SIZES: [usize; 2] = [64, 200_000];

/// The stages that a worker's delay can lie in: t2 to t9, as the caller sees them.
const STAGES: [Stage; 6] = [
    Stage::RequestWire,
    Stage::Decode,
    Stage::Queue,
    Stage::Compute,
    Stage::ReplyEncode,
    Stage::ReplyWire,
];

fn start(plant: &str) -> Worker {
    Worker::start_with(&["--uds", "--grpc-uds"], &[("SIDECAR_PLANT", plant)])
}

fn request(codec: Codec, size: usize) -> Vec<u8> {
    let payload = vec![7; size].into();
    encoded(codec, &EchoRequest { payload })
}

/// t2, t4 to t8, t9.
fn by_frames(worker: &Worker, size: usize) -> Vec<u64> {
    let mut client = FrameClient::connect(worker);
    let payload = request(Codec::Raw, size);
    let stamps = true;
    let header = CallHeader {
        stamps,
        ..header_of("echo", Codec::Raw, &payload)
    };
    let t2 = now_ns();
    client.send_call(&header, &payload);
    let reply = client.read_reply();
    let t9 = now_ns();
    [vec![t2], reply.receipt.stamps_ns.iter().collect(), vec![t9]].concat()
}

/// t2, t4 to t8, t9.
async fn by_grpc(worker: &Worker, size: usize) -> Vec<u64> {
    let channel = connect(worker, "grpc-uds").await;
    let request = with(request(Codec::Protobuf, size), &[("boundary-stamps", "1")]);
    let t2 = now_ns();
    let response = call(&channel, "/kernels.v1.EchoService/Echo", request).await;
    let t9 = now_ns();
    let stamps = receipt(response.expect("answered").metadata()).stamps;
    [vec![t2], stamps, vec![t9]].concat()
}

fn assert_delayed(stamps: &[u64], planted: Stage, case: &str) {
    for (stage, ends) in STAGES.iter().zip(stamps.windows(2)) {
        let took = ends[1] - ends[0];
        let delayed = took >= DELAY_NS;
        let (stage, at) = (stage.name(), planted.name());
        assert_eq!(
            delayed,
            stage == at,
            "{case}, planted in {at}: {stage} took {took} ns"
        );
    }
}

#[tokio::test]
async fn a_planted_delay_is_in_its_stage_and_in_no_other() {
    for stage in STAGES {
        let worker = start(&format!("delay:{}:{DELAY_NS}", stage.name()));
        for size in SIZES {
            let (frames, grpc) = (by_frames(&worker, size), by_grpc(&worker, size).await);
            assert_delayed(&frames, stage, &format!("frames, {size} bytes"));
            assert_delayed(&grpc, stage, &format!("gRPC, {size} bytes"));
        }
    }
}

#[test]
fn a_planted_byte_changes_every_answer() {
    for place in ["byte:rust-codec", "byte:rust-kernel"] {
        let worker = start(place);
        let mut client = FrameClient::connect(&worker);
        for size in SIZES {
            let payload = request(Codec::Raw, size);
            let reply = client.call("echo", Codec::Raw, &payload);
            assert!(reply.payload != payload, "{place}, {size} bytes");
        }
    }
}
