//! One call on its way through the host: its clock, its bound, its trace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sidecar_kernels::{Hosted, plant};
use sidecar_wire::lists::{Codec, Reason};
use sidecar_wire::stamps::{Stamps, now_ns};
use sidecar_wire::status::Failure;
use sidecar_wire::trace_context::TraceContext;

/// What a channel read of a call besides its payload.
#[derive(Debug, Default)]
pub struct Call {
    /// CLOCK_MONOTONIC ns; 0 means none.
    pub deadline_ns: u64,
    /// The caller asked for the stamps.
    pub wants_stamps: bool,
    /// Present when the caller's trace is sampled and spans are exported.
    pub trace: Option<Box<Trace>>,
    /// How many calls the compute time of this one stands for in the metrics; 0 where it is not taken.
    pub weight: u32,
    /// What has been stamped so far; zeros when nobody wants them.
    pub stamps: Stamps,
}

/// The caller's span, which the worker's spans stand under.
#[derive(Debug)]
pub struct Trace {
    /// Ids and flags.
    pub context: TraceContext,
    /// W3C tracestate as it came.
    pub state: String,
    /// Channel that the call came by, such as `uds`.
    pub channel: &'static str,
    /// Bytes of the encoded request.
    pub request_bytes: usize,
}

impl Call {
    /// True when the clock is to be read.
    #[inline]
    pub fn is_timed(&self) -> bool {
        self.wants_stamps || self.trace.is_some() || self.weight > 0
    }

    /// The stamps for the receipt, when the caller asked.
    #[inline]
    pub fn asked_stamps(&self) -> Option<Stamps> {
        self.wants_stamps.then_some(self.stamps)
    }

    /// Stamps t4: the request is in hand.
    #[inline]
    pub fn in_hand(&mut self) {
        plant::delay("request_wire");
        if self.is_timed() {
            self.stamps.t4 = now_ns();
        }
    }

    /// Stamps t5: the request is decoded.
    #[inline]
    pub(crate) fn decoded(&mut self) {
        if self.is_timed() {
            self.stamps.t5 = now_ns();
        }
    }

    /// Why a call that waited is not to be run any more.
    pub(crate) fn given_up(&self, cancel: &AtomicU32) -> Option<Failure> {
        let late = self.deadline_ns != 0 && now_ns() >= self.deadline_ns;
        if cancel.load(Ordering::Relaxed) != 0 {
            let text = "the caller gave the call up while it waited";
            return Some(Failure::new(Reason::CallerCancelled, text).not_executed());
        }
        let text = "the deadline passed while the call waited";
        late.then(|| Failure::new(Reason::Deadline, text).not_executed())
    }
}

/// The kernel of a call and how its payload is coded.
#[derive(Clone, Copy)]
pub struct Target<'h> {
    /// The kernel.
    pub kernel: &'h Arc<dyn Hosted>,
    /// The codec of request and reply.
    pub codec: Codec,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("kernel", &self.kernel.spec().name)
            .field("codec", &self.codec)
            .finish()
    }
}
