//! The exported functions, called as a C program calls them.
#![allow(unsafe_code)]

use std::mem::{MaybeUninit, offset_of};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sidecar_inproc::{
    Call, Receipt, sidecar_abi_version, sidecar_call, sidecar_drop, sidecar_enable_faults,
    sidecar_kernel, sidecar_reference_echo, sidecar_take,
};
use sidecar_wire::Message;
use sidecar_wire::faults_v1::{AllocRequest, PanicRequest, SleepRequest};
use sidecar_wire::kernels_v1::{EchoRequest, EchoResponse};
use sidecar_wire::lists::{CONTRACT, Codec, Executed, MAX_MESSAGE_BYTES, Reason, Status};
use sidecar_wire::stamps::now_ns;

const SECOND_NS: u64 = 1_000_000_000;

fn kernel(name: &str) -> u32 {
    let mut number = 0;
    // SAFETY: the name's own bytes, and a local.
    let status = unsafe { sidecar_kernel(name.as_ptr(), name.len(), &raw mut number) };
    assert_eq!(status, Status::Ok.number(), "{name}");
    number
}

fn fault(name: &str) -> u32 {
    // SAFETY: NULL is allowed.
    let status = unsafe { sidecar_enable_faults(ptr::null(), 0) };
    assert_eq!(status, Status::Ok.number());
    kernel(name)
}

fn encoded<'a>(codec: Codec, message: &impl Message<'a>) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(codec, &mut bytes);
    bytes
}

fn call_of(kernel: u32, codec: Codec, request: &[u8], reply: &mut [u8]) -> Call {
    Call {
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
    }
}

/// Calls with a receipt full of garbage, as a C program may.
fn make(call: &Call) -> Receipt {
    let mut receipt = MaybeUninit::<Receipt>::uninit();
    // SAFETY: room for a receipt, of which any bytes are a value.
    unsafe { ptr::write_bytes(receipt.as_mut_ptr(), 0xaa, 1) };
    // SAFETY: the call's buffers are alive in each test that uses this.
    let status = unsafe { sidecar_call(call, receipt.as_mut_ptr()) };
    // SAFETY: written above.
    let receipt = unsafe { receipt.assume_init() };
    assert_eq!(status, receipt.status);
    receipt
}

fn reason(receipt: &Receipt) -> Option<Reason> {
    Reason::from_number(receipt.reason)
}

#[test]
fn the_structs_lie_as_abi_md_says() {
    assert_eq!((size_of::<Call>(), size_of::<Receipt>()), (72, 256));
    let call = [
        (offset_of!(Call, kernel), 0),
        (offset_of!(Call, codec), 4),
        (offset_of!(Call, request), 8),
        (offset_of!(Call, request_len), 16),
        (offset_of!(Call, reply), 24),
        (offset_of!(Call, reply_cap), 32),
        (offset_of!(Call, max_reply), 40),
        (offset_of!(Call, deadline_ns), 48),
        (offset_of!(Call, cancel), 56),
        (offset_of!(Call, stamps), 64),
        (offset_of!(Call, reserved), 68),
    ];
    let receipt = [
        (offset_of!(Receipt, status), 0),
        (offset_of!(Receipt, reason), 4),
        (offset_of!(Receipt, executed), 8),
        (offset_of!(Receipt, kernel_version), 12),
        (offset_of!(Receipt, stamps_ns), 16),
        (offset_of!(Receipt, reply_len), 56),
        (offset_of!(Receipt, token), 64),
        (offset_of!(Receipt, message_len), 72),
        (offset_of!(Receipt, reserved), 76),
        (offset_of!(Receipt, message), 80),
    ];
    for (at, documented) in call.into_iter().chain(receipt) {
        assert_eq!(at, documented);
    }
}

#[test]
fn the_version_is_the_contract() {
    assert_eq!(sidecar_abi_version(), CONTRACT);
}

#[test]
fn echo_answers_in_every_codec() {
    for codec in Codec::ALL {
        let payload = b"hello \xff\x00 there".as_slice();
        let request = encoded(
            *codec,
            &EchoRequest {
                payload: payload.into(),
            },
        );
        let mut reply = [0; 64];
        let receipt = make(&call_of(kernel("echo"), *codec, &request, &mut reply));
        assert_eq!((receipt.status, receipt.reason, receipt.token), (0, 0, 0));
        assert_eq!(receipt.executed, Executed::Yes.number());
        assert_eq!((receipt.kernel_version, receipt.message_len), (1 << 16, 0));
        assert_eq!(receipt.stamps_ns, [0; 5]);
        let length = usize::try_from(receipt.reply_len).expect("small");
        let response = EchoResponse::decode(*codec, &reply[..length]).expect("well formed");
        assert_eq!(&*response.payload, payload);
    }
}

#[test]
fn stamps_rise_when_they_are_asked_for() {
    let request = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: b"x".as_slice().into(),
        },
    );
    let mut reply = [0; 64];
    let mut call = call_of(kernel("echo"), Codec::Raw, &request, &mut reply);
    call.stamps = 1;
    let before = now_ns();
    let stamps = make(&call).stamps_ns;
    let all = [&[before], &stamps[..], &[now_ns()]].concat();
    assert!(all.is_sorted(), "{all:?}");
    assert_eq!(stamps[1], stamps[2]);
}

#[test]
fn a_reply_that_does_not_fit_is_taken_by_its_token_once() {
    let request = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![7; 1000].into(),
        },
    );
    let receipt = make(&call_of(kernel("echo"), Codec::Raw, &request, &mut [0; 8]));
    assert_eq!((receipt.status, receipt.reply_len), (0, 1008));
    assert_ne!(receipt.token, 0);

    let (mut reply, mut length) = (vec![0; 1008], 0);
    // SAFETY: buffers of this test.
    let mut take =
        |room| unsafe { sidecar_take(receipt.token, reply.as_mut_ptr(), room, &raw mut length) };
    assert_eq!(take(1007), Status::ResourceExhausted.number());
    assert_eq!(take(1008), Status::Ok.number());
    assert_eq!(take(1008), Status::InvalidArgument.number());
    assert_eq!(reply, request);
}

#[test]
fn a_dropped_token_is_gone() {
    let request = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![7; 100].into(),
        },
    );
    let receipt = make(&call_of(kernel("echo"), Codec::Raw, &request, &mut []));
    sidecar_drop(receipt.token);
    let (mut reply, mut length) = ([0; 200], 9);
    // SAFETY: buffers of this test.
    let status = unsafe { sidecar_take(receipt.token, reply.as_mut_ptr(), 200, &raw mut length) };
    assert_eq!((status, length), (Status::InvalidArgument.number(), 0));
}

#[test]
fn a_call_that_cannot_be_made_says_why() {
    let echo = kernel("echo");
    let good = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: vec![1; 100].into(),
        },
    );
    let mut reply = [0; 256];
    let base = || call_of(echo, Codec::Raw, &good, &mut [0; 0]);
    let cases = [
        (
            Call {
                kernel: 0,
                ..base()
            },
            Reason::UnknownKernel,
        ),
        (
            Call {
                kernel: 9999,
                ..base()
            },
            Reason::UnknownKernel,
        ),
        (Call { codec: 0, ..base() }, Reason::UnknownCodec),
        (Call { codec: 9, ..base() }, Reason::UnknownCodec),
        (
            Call {
                request_len: 99,
                ..base()
            },
            Reason::MalformedPayload,
        ),
        (
            Call {
                request: ptr::null(),
                ..base()
            },
            Reason::MalformedHeader,
        ),
        (
            Call {
                reply: ptr::null_mut(),
                reply_cap: 1,
                ..base()
            },
            Reason::MalformedHeader,
        ),
        (
            Call {
                max_reply: 100,
                ..base()
            },
            Reason::RequestTooLarge,
        ),
    ];
    for (mut call, expected) in cases {
        if !call.reply.is_null() {
            (call.reply, call.reply_cap) = (reply.as_mut_ptr(), reply.len());
        }
        let receipt = make(&call);
        assert_eq!(reason(&receipt), Some(expected));
        assert_eq!(receipt.status, expected.status().number());
        assert_eq!(receipt.executed, Executed::No.number());
        assert_eq!((receipt.reply_len, receipt.token), (0, 0));
        let text = &receipt.message[..receipt.message_len as usize];
        assert!(!std::str::from_utf8(text).expect("UTF-8").is_empty());
    }
}

#[test]
fn null_instead_of_a_struct_is_refused() {
    let call = call_of(1, Codec::Raw, &[], &mut []);
    // SAFETY: NULL is allowed.
    let statuses = unsafe {
        [
            sidecar_call(ptr::null(), ptr::null_mut()),
            sidecar_call(&raw const call, ptr::null_mut()),
            sidecar_kernel(ptr::null(), 4, ptr::null_mut()),
            sidecar_take(1, ptr::null_mut(), 0, ptr::null_mut()),
        ]
    };
    assert_eq!(statuses, [Status::InvalidArgument.number(); 4]);
}

#[test]
fn an_unknown_name_is_unimplemented() {
    let mut number = 0;
    // SAFETY: a literal and a local.
    let status = unsafe { sidecar_kernel(b"nope".as_ptr(), 4, &raw mut number) };
    assert_eq!((status, number), (Status::Unimplemented.number(), 0));
}

#[test]
fn a_panic_is_caught_and_the_next_call_succeeds() {
    let secret = b"payload-secret".as_slice();
    let request = encoded(
        Codec::Raw,
        &PanicRequest {
            message: secret.into(),
        },
    );
    let mut reply = [0; 64];
    let receipt = make(&call_of(fault("panic"), Codec::Raw, &request, &mut reply));
    assert_eq!(reason(&receipt), Some(Reason::KernelPanicked));
    assert_eq!(receipt.executed, Executed::Yes.number());
    let text = &receipt.message[..receipt.message_len as usize];
    assert!(!text.windows(secret.len()).any(|window| window == secret));

    let request = encoded(
        Codec::Raw,
        &EchoRequest {
            payload: b"x".as_slice().into(),
        },
    );
    let receipt = make(&call_of(kernel("echo"), Codec::Raw, &request, &mut reply));
    assert_eq!(receipt.status, 0);
}

#[test]
fn a_reply_over_the_limit_is_refused_and_not_kept() {
    let request = encoded(Codec::Raw, &AllocRequest { size: 5 << 20 });
    let receipt = make(&call_of(fault("alloc"), Codec::Raw, &request, &mut []));
    assert_eq!(reason(&receipt), Some(Reason::ReplyTooLarge));
    assert_eq!(
        (receipt.executed, receipt.token),
        (Executed::Yes.number(), 0)
    );
}

fn sleep_request(duration: Duration) -> Vec<u8> {
    let duration_ns = u64::try_from(duration.as_nanos()).expect("short");
    encoded(
        Codec::Raw,
        &SleepRequest {
            duration_ns,
            stubborn: false,
        },
    )
}

#[test]
fn a_deadline_ends_the_kernel() {
    let request = sleep_request(Duration::from_secs(5));
    let mut reply = [0; 64];
    let mut call = call_of(fault("sleep"), Codec::Raw, &request, &mut reply);
    call.deadline_ns = now_ns() + SECOND_NS / 50;
    let start = Instant::now();
    let receipt = make(&call);
    assert_eq!(reason(&receipt), Some(Reason::Deadline));
    assert_eq!(receipt.executed, Executed::Unknown.number());
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_cancel_flag_ends_the_kernel() {
    let request = sleep_request(Duration::from_secs(5));
    let flag = AtomicU32::new(0);
    let mut reply = [0; 64];
    let mut call = call_of(fault("sleep"), Codec::Raw, &request, &mut reply);
    call.cancel = flag.as_ptr();
    let start = Instant::now();
    let receipt = std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            flag.store(1, Ordering::Relaxed);
        });
        make(&call)
    });
    assert_eq!(reason(&receipt), Some(Reason::CallerCancelled));
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn calls_from_many_threads_keep_their_replies_apart() {
    let echo = kernel("echo");
    std::thread::scope(|threads| {
        for fill in 0..8u8 {
            threads.spawn(move || {
                for length in (0..4000).step_by(37) {
                    let payload = vec![fill; length];
                    let request = encoded(
                        Codec::Raw,
                        &EchoRequest {
                            payload: payload.into(),
                        },
                    );
                    let mut reply = vec![0; request.len()];
                    let receipt = make(&call_of(echo, Codec::Raw, &request, &mut reply));
                    assert_eq!((receipt.status, reply == request), (0, true));
                }
            });
        }
    });
}

#[test]
fn the_bare_crossing_copies_the_request_and_nothing_beside_it() {
    for length in [0, 1, 64, 4096, 100_000] {
        let request: Vec<u8> = (0..=250).cycle().take(length).collect();
        let mut reply = vec![0xff; length + 1];
        // SAFETY: both are as long as is said, and apart.
        let copied =
            unsafe { sidecar_reference_echo(request.as_ptr(), length, reply.as_mut_ptr()) };
        assert_eq!(copied, length);
        assert_eq!(reply[..length], request);
        assert_eq!(reply[length], 0xff);
    }
    // SAFETY: without bytes a NULL is allowed.
    assert_eq!(
        unsafe { sidecar_reference_echo(std::ptr::null(), 0, std::ptr::null_mut()) },
        0
    );
}
