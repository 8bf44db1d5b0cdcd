//! What one echo through the C ABI costs, by payload size: nanoseconds a call, one thread.
#![allow(unsafe_code)]

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::{Duration, Instant};

use sidecar_inproc::{Call, Receipt, sidecar_call, sidecar_kernel};
use sidecar_wire::Message;
use sidecar_wire::kernels_v1::EchoRequest;
use sidecar_wire::lists::{Codec, MAX_MESSAGE_BYTES};

const BOUND: Duration = Duration::from_millis(300);
const BETWEEN_READS: u32 = 64;

fn main() {
    let mut kernel = 0;
    // SAFETY: a literal and a local.
    unsafe { sidecar_kernel(b"echo".as_ptr(), 4, &raw mut kernel) };
    for codec in Codec::ALL {
        for size in [64, 4096, 65_536, 1 << 20] {
            println!(
                "{:8} {size:8} B {:9.1} ns",
                codec.name(),
                cost(kernel, *codec, size)
            );
        }
    }
}

fn cost(kernel: u32, codec: Codec, size: usize) -> f64 {
    let mut request = Vec::new();
    let payload = vec![7; size].into();
    EchoRequest { payload }.encode(codec, &mut request);
    let mut reply = vec![0; request.len()];
    let call = Call {
        kernel,
        codec: codec.number(),
        request: request.as_ptr(),
        request_len: request.len(),
        reply: reply.as_mut_ptr(),
        reply_cap: reply.len(),
        max_reply: MAX_MESSAGE_BYTES as u64,
        deadline_ns: 0,
        cancel: ptr::null(),
        stamps: 0,
        reserved: 0,
    };
    let mut receipt = MaybeUninit::<Receipt>::uninit();
    let (start, mut calls) = (Instant::now(), 0u32);
    while start.elapsed() < BOUND {
        for _ in 0..BETWEEN_READS {
            // SAFETY: the buffers are alive and as long as the call says.
            let status = unsafe { sidecar_call(black_box(&raw const call), receipt.as_mut_ptr()) };
            assert_eq!(status, 0);
        }
        calls += BETWEEN_READS;
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}
