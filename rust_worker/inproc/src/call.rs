//! One call: find the kernel, run it, say how it went.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU32;

use sidecar_kernels::{Checkpoint, Hosted, KernelError, plant};
use sidecar_wire::lists::{Codec, Reason};
use sidecar_wire::stamps::{Stamps, now_ns};
use sidecar_wire::status::Failure;

use crate::table;

/// A call without its pointers.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) kernel: u32,
    pub(crate) codec: u32,
    pub(crate) payload: &'a [u8],
    /// The message limit, both ways, in bytes.
    pub(crate) max_message: u64,
    pub(crate) deadline_ns: u64,
    pub(crate) cancel: Option<&'a AtomicU32>,
    pub(crate) stamps: bool,
}

/// How a call went; the reply stands in the buffer that [`answer`] was given.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Result<(), Failure>,
    pub(crate) kernel_version: u32,
    pub(crate) stamps: Stamps,
}

/// Runs the kernel and appends the encoded reply to `reply`, which is empty before, and empty again on an error.
#[inline]
pub(crate) fn answer(request: &Request<'_>, reply: &mut Vec<u8>) -> Answer {
    plant::delay("request_wire");
    let mut stamps = Stamps::default();
    if request.stamps {
        stamps.t4 = now_ns();
    }
    let found = table::kernel(request.kernel);
    let outcome = match found {
        Some(kernel) => run(kernel, request, &mut stamps, reply),
        None => Err(unknown_kernel()),
    };
    if outcome.is_err() {
        reply.clear();
    }
    plant::delay("reply_wire");
    Answer {
        outcome,
        kernel_version: found.map_or(0, |kernel| kernel.spec().version),
        stamps,
    }
}

#[inline]
fn run(
    kernel: &dyn Hosted,
    request: &Request<'_>,
    stamps: &mut Stamps,
    reply: &mut Vec<u8>,
) -> Result<(), Failure> {
    let codec = Codec::from_number(request.codec).ok_or_else(|| unknown_codec(request.codec))?;
    check_request(kernel, request)?;
    let caught = catch_unwind(AssertUnwindSafe(|| {
        if request.stamps {
            return timed(kernel, codec, request, stamps, reply);
        }
        kernel.run(codec, request.payload, &checkpoint(request), None, reply)
    }));
    caught.map_err(|_| panicked())?.map_err(Failure::from)?;
    check_reply(reply.len(), request.max_message)?;
    plant::change("rust-codec", reply);
    Ok(())
}

/// The look that stamps t5; without stamps the kernel's own is enough.
fn timed(
    kernel: &dyn Hosted,
    codec: Codec,
    request: &Request<'_>,
    stamps: &mut Stamps,
    reply: &mut Vec<u8>,
) -> Result<(), KernelError> {
    kernel.admit(codec, request.payload)?;
    stamps.t5 = now_ns();
    plant::delay("queue");
    let mut ran = [0; 3];
    kernel.run(
        codec,
        request.payload,
        &checkpoint(request),
        Some(&mut ran),
        reply,
    )?;
    // There is no queue: what lies between is the second look, and belongs to the kernel.
    stamps.t6 = if cfg!(feature = "plant") {
        ran[0]
    } else {
        stamps.t5
    };
    [_, stamps.t7, stamps.t8] = ran;
    Ok(())
}

fn checkpoint<'a>(request: &Request<'a>) -> Checkpoint<'a> {
    Checkpoint {
        deadline_ns: request.deadline_ns,
        cancel: request.cancel,
    }
}

#[inline]
fn check_request(kernel: &dyn Hosted, request: &Request<'_>) -> Result<(), Failure> {
    let (length, of_kernel) = (
        request.payload.len() as u64,
        kernel.spec().max_request_bytes,
    );
    let limit = match of_kernel {
        0 => request.max_message,
        of_kernel => request.max_message.min(of_kernel as u64),
    };
    if length <= limit {
        return Ok(());
    }
    let text = format!("the request takes {length} bytes, over the limit of {limit}");
    Err(Failure::new(Reason::RequestTooLarge, text))
}

#[inline]
fn check_reply(length: usize, limit: u64) -> Result<(), Failure> {
    if length as u64 <= limit {
        return Ok(());
    }
    let text = format!("the reply takes {length} bytes, over the limit of {limit}");
    Err(Failure::new(Reason::ReplyTooLarge, text))
}

#[cold]
fn unknown_kernel() -> Failure {
    let text = "no kernel has this number; ask sidecar_kernel for it";
    Failure::new(Reason::UnknownKernel, text)
}

#[cold]
fn unknown_codec(number: u32) -> Failure {
    let text = format!("codec {number} is in no list; use 1 protobuf, 2 msgpack or 3 raw");
    Failure::new(Reason::UnknownCodec, text)
}

#[cold]
fn panicked() -> Failure {
    Failure::new(
        Reason::KernelPanicked,
        "the kernel panicked; the library caught it",
    )
}
