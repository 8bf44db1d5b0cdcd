//! What every channel does with a call: find the kernel, let it look at the request, run it, say how it went.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use bytes::Bytes;
use sidecar_kernels::{Checkpoint, Registry, plant};
use sidecar_wire::bytes::BYTES_METHOD;
use sidecar_wire::lists::{Channel, Codec, Executed, KernelSpec, MAX_TEXT_BYTES, Reason, Status};
use sidecar_wire::stamps::Stamps;
use sidecar_wire::status::Failure;
use sidecar_wire::wire_v1::Receipt;
use sidecar_wire::{Packed, handshake};

use crate::buffers::Buffers;
use crate::call::{Call, Target};
use crate::metrics::Counts;
use crate::pool::{Full, Pool};
use crate::spans::Spans;

/// Unfinished requests that one connection may hold, in multiples of the message limit.
const MAX_HELD_MESSAGES: usize = 16;

/// The kernels, the threads they run on and the limits they keep; all channels share one.
#[derive(Debug)]
pub struct Host {
    /// The kernels by name.
    pub registry: Registry,
    /// Where what is not cheap is computed.
    pub pool: Pool,
    /// Large buffers to use again.
    pub buffers: Arc<Buffers>,
    /// Where finished calls that are sampled go.
    pub spans: Spans,
    /// Where every call is counted, when somebody reads that.
    pub counts: Option<Arc<Counts>>,
    /// Largest request and largest reply, in bytes of payload.
    pub max_message_bytes: usize,
    /// The kernel's boot id: whose monotonic clock the stamps are of; empty where unknown.
    pub clock_domain: Vec<u8>,
    /// What this worker announces, major in the high 16 bits.
    pub contract: u32,
}

impl Host {
    /// Finds a kernel by its gRPC path, such as `/kernels.v1.EchoService/Echo`.
    ///
    /// # Errors
    /// `UNKNOWN_KERNEL`.
    pub fn find_method(&self, path: &str) -> Result<Target<'_>, Failure> {
        self.find_grpc(|spec| spec.method == path)
    }

    /// Finds a kernel that has no proto of its own by its name (protos/kernels/v1/bytes.md).
    ///
    /// # Errors
    /// `UNKNOWN_KERNEL`.
    pub fn find_bytes(&self, name: &str) -> Result<Target<'_>, Failure> {
        self.find_grpc(|spec| spec.method == BYTES_METHOD && spec.name == name)
    }

    fn find_grpc(&self, is_wanted: impl Fn(&KernelSpec) -> bool) -> Result<Target<'_>, Failure> {
        let kernel = self
            .registry
            .iter()
            .find(|kernel| is_wanted(kernel.spec()))
            .ok_or_else(unknown_kernel)?;
        Ok(Target {
            kernel,
            codec: Codec::Protobuf,
        })
    }

    /// Looks up kernel and codec, and checks the size of the request before a byte of it is kept.
    ///
    /// # Errors
    /// `UNKNOWN_KERNEL`, `UNKNOWN_CODEC` or `REQUEST_TOO_LARGE`.
    pub fn find(&self, name: &[u8], codec: u32, request_len: u64) -> Result<Target<'_>, Failure> {
        let kernel = self.registry.get(name).ok_or_else(unknown_kernel)?;
        let codec = Codec::from_number(codec).ok_or_else(|| {
            let text = format!("codec {codec} is in no list; use 1 protobuf, 2 msgpack or 3 raw");
            Failure::new(Reason::UnknownCodec, text)
        })?;
        let target = Target { kernel, codec };
        self.check_size(target, request_len)?;
        Ok(target)
    }

    /// Checks the size of a request that is announced.
    ///
    /// # Errors
    /// `REQUEST_TOO_LARGE`.
    pub fn check_size(&self, target: Target<'_>, request_len: u64) -> Result<(), Failure> {
        let limit = match target.kernel.spec().max_request_bytes {
            0 => self.max_message_bytes,
            of_kernel => of_kernel.min(self.max_message_bytes),
        };
        if request_len <= limit as u64 {
            return Ok(());
        }
        let text = format!("the request takes {request_len} bytes, over the limit of {limit}");
        Err(Failure::new(Reason::RequestTooLarge, text))
    }

    /// Runs the kernel on this thread and appends the encoded reply. On an error `reply` is as it was.
    ///
    /// # Errors
    /// What the kernel says, `KERNEL_PANICKED`, or `REPLY_TOO_LARGE` over `max_reply` bytes.
    #[inline]
    pub fn run(
        &self,
        target: Target<'_>,
        request: &[u8],
        call: &mut Call,
        cancel: Option<&AtomicU32>,
        max_reply: usize,
        reply: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        plant::delay("queue");
        if let Some(counts) = &self.counts {
            // What can't be given up runs on the thread that read it: it is cheap.
            call.weight = counts.weight(target.kernel, cancel.is_none());
        }
        let start = reply.len();
        let limit = max_reply.min(self.max_message_bytes);
        let outcome = compute(target, request, call, cancel, reply)
            .and_then(|()| check_reply(reply.len() - start, limit));
        match outcome {
            Ok(()) => plant::change("rust-codec", &mut reply[start..]),
            Err(_) => reply.truncate(start),
        }
        outcome
    }

    /// Makes a reply ready to be written from where it is.
    pub fn share(&self, reply: Vec<u8>) -> Bytes {
        self.buffers.share(reply, self.max_message_bytes)
    }

    /// Counts a call that is answered, and sends a sampled one to the exporter.
    #[inline]
    pub fn record(
        &self,
        channel: Channel,
        target: Option<Target<'_>>,
        call: Call,
        outcome: &Result<(), Failure>,
        reply_bytes: usize,
    ) {
        if let Some(counts) = &self.counts {
            counts.answered(channel, target, &call, outcome);
        }
        if let (Some(trace), Some(target)) = (call.trace, target) {
            self.spans
                .record(*trace, target, call.stamps, outcome, reply_bytes);
        }
    }

    /// Checks that a connection which holds `held` bytes of unfinished requests may hold `more`.
    ///
    /// # Errors
    /// `QUEUE_FULL`.
    pub fn check_held(&self, held: usize, more: usize) -> Result<(), Failure> {
        if held.saturating_add(more) <= MAX_HELD_MESSAGES * self.max_message_bytes {
            return Ok(());
        }
        let text = "this connection's unfinished requests are over the limit; wait for replies";
        Err(Failure::new(Reason::QueueFull, text).retry_after(self.pool.full().retry_after_ns))
    }

    /// True when a peer's contract has our major.
    pub fn agrees(&self, contract: u32) -> bool {
        contract >> 16 == self.contract >> 16
    }

    /// The failure of a peer whose contract has another major.
    pub fn contract_mismatch(&self, theirs: &str) -> Failure {
        let ours = handshake::contract_text(self.contract);
        let text = format!(
            "the worker speaks contract {ours}, the caller {theirs}; build both from one version"
        );
        Failure::new(Reason::ContractMismatch, text)
    }
}

/// Lets the kernel look at the request, stamps t4 and t5, and says whether it is cheap.
///
/// # Errors
/// `MALFORMED_PAYLOAD`, or `KERNEL_PANICKED` when the look itself panicked.
#[inline]
pub fn admit(target: Target<'_>, request: &[u8], call: &mut Call) -> Result<bool, Failure> {
    call.in_hand();
    let looked = catch_unwind(AssertUnwindSafe(|| {
        target.kernel.admit(target.codec, request)
    }));
    let admission = looked
        .map_err(|panic| panicked(panic.as_ref()))?
        .map_err(|malformed| Failure::new(Reason::MalformedPayload, malformed.to_string()))?;
    call.decoded();
    Ok(admission.cheap)
}

#[inline]
fn compute(
    target: Target<'_>,
    request: &[u8],
    call: &mut Call,
    cancel: Option<&AtomicU32>,
    reply: &mut Vec<u8>,
) -> Result<(), Failure> {
    let checkpoint = Checkpoint {
        deadline_ns: call.deadline_ns,
        cancel,
    };
    let mut stamps = [0; 3];
    let wanted = call.is_timed().then_some(&mut stamps);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        target
            .kernel
            .run(target.codec, request, &checkpoint, wanted, reply)
    }));
    [call.stamps.t6, call.stamps.t7, call.stamps.t8] = stamps;
    ran.map_err(|panic| panicked(panic.as_ref()))?
        .map_err(Failure::from)
}

fn unknown_kernel() -> Failure {
    let text = "no kernel of that name here; the flag --faults adds those that misbehave";
    Failure::new(Reason::UnknownKernel, text)
}

/// The panic's text goes to the log's hook only: it may quote a payload.
fn panicked(_panic: &(dyn Any + Send)) -> Failure {
    Failure::new(
        Reason::KernelPanicked,
        "the kernel panicked; the worker caught it and goes on",
    )
}

fn check_reply(reply_len: usize, limit: usize) -> Result<(), Failure> {
    if reply_len <= limit {
        return Ok(());
    }
    let text = format!("the reply takes {reply_len} bytes, over the limit of {limit}");
    Err(Failure::new(Reason::ReplyTooLarge, text))
}

/// What a draining worker answers what it does not take.
pub fn draining() -> Failure {
    let text = "the worker is shutting down; call another or come back";
    Failure::new(Reason::Draining, text)
}

/// What the pool's refusal means to the caller.
pub fn queue_full(full: Full) -> Failure {
    Failure::new(
        Reason::QueueFull,
        "the worker's queue is full; come back later",
    )
    .retry_after(full.retry_after_ns)
}

/// What the worker proves with a reply.
#[inline]
pub fn receipt(
    outcome: &Result<(), Failure>,
    kernel_version: u32,
    stamps: Option<Stamps>,
    total_bytes: usize,
) -> Receipt<'_> {
    let stamps_ns = stamps.map_or_else(Packed::default, |stamps| {
        Packed::from_slice(&stamps.to_array())
    });
    let answered = Receipt {
        status: Status::Ok.number(),
        executed: Executed::Yes.number(),
        total_bytes: total_bytes as u64,
        kernel_version,
        stamps_ns,
        ..Receipt::default()
    };
    match outcome {
        Ok(()) => answered,
        Err(failure) => Receipt {
            status: failure.status().number(),
            reason: failure.reason.number(),
            executed: failure.executed.number(),
            retry_after_ns: failure.retry_after_ns,
            message: failure.text(MAX_TEXT_BYTES).as_bytes().into(),
            ..answered
        },
    }
}
