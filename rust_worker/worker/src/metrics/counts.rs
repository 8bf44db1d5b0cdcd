//! What a call adds to: places that are there from the start, so that a count is one atomic addition.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use sidecar_kernels::{Hosted, Registry};
use sidecar_wire::lists::{Channel, Executed, Reason, Status};
use sidecar_wire::status::Failure;

use crate::call::{Call, Target};
use crate::metrics::histogram::Histogram;
use crate::metrics::place::{add, read};

/// Cheap calls that a timed one stands for: reading the clock costs a tenth of such a call. A prime, so that a caller's
/// own pattern does not always meet the same call.
const CHEAP_STRIDE: u32 = 13;

/// Canonical codes go to 16.
const CODES: usize = 17;

/// Name of the kernel of calls for which none was found.
const NO_KERNEL: &str = "unknown";

/// Counts of one worker since its start.
#[derive(Debug)]
pub struct Counts {
    /// In the order of the registry; the last is of calls for which no kernel was found.
    kernels: Vec<OfKernel>,
    refused: [AtomicU64; Reason::ALL.len()],
    draining: AtomicBool,
}

/// Counts of one kernel.
struct OfKernel {
    kernel: Option<Arc<dyn Hosted>>,
    /// Answered calls by channel and code.
    calls: [[AtomicU64; CODES]; Channel::ALL.len()],
    /// Cheap calls, to time one in so many.
    cheap: AtomicU32,
    compute: Histogram,
}

/// Calls that ended the same way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered<'c> {
    pub kernel: &'c str,
    pub channel: Channel,
    pub code: Status,
    pub calls: u64,
}

impl Counts {
    /// Places for every kernel of the registry.
    pub fn new(registry: &Registry) -> Self {
        let known = registry.iter().map(|kernel| Some(Arc::clone(kernel)));
        Self {
            kernels: known.chain([None]).map(OfKernel::new).collect(),
            refused: std::array::from_fn(|_| AtomicU64::new(0)),
            draining: AtomicBool::new(false),
        }
    }

    /// How many calls the compute time of this one stands for; 0 where it is not timed.
    #[inline]
    pub fn weight(&self, kernel: &Arc<dyn Hosted>, is_cheap: bool) -> u32 {
        if !is_cheap {
            return 1;
        }
        let cheap = &self.of(Some(kernel)).cheap;
        // Two threads may count one call for two: that shifts which one is timed, and nothing else.
        let number = cheap.load(Ordering::Relaxed);
        cheap.store(number.wrapping_add(1), Ordering::Relaxed);
        if number.is_multiple_of(CHEAP_STRIDE) {
            CHEAP_STRIDE
        } else {
            0
        }
    }

    /// Takes a call that is answered.
    #[inline]
    pub fn answered(
        &self,
        channel: Channel,
        target: Option<Target<'_>>,
        call: &Call,
        outcome: &Result<(), Failure>,
    ) {
        let of = self.of(target.map(|target| target.kernel));
        let code = match outcome {
            Ok(()) => Status::Ok,
            Err(failure) => failure.status(),
        };
        add(&of.calls[channel as usize][code as usize], 1);
        match outcome {
            Ok(()) if call.weight > 0 => {
                let took_ns = call.stamps.t7.saturating_sub(call.stamps.t6);
                of.compute.add(took_ns, u64::from(call.weight));
            }
            Err(failure) if failure.executed == Executed::No => {
                add(&self.refused[failure.reason as usize], 1);
            }
            _ => {}
        }
    }

    /// The worker takes no more calls.
    pub fn drains(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Every way in which calls have ended.
    pub(super) fn calls(&self) -> impl Iterator<Item = Answered<'_>> {
        self.kernels.iter().flat_map(OfKernel::answered)
    }

    /// The compute times of each kernel.
    pub(super) fn compute(&self) -> impl Iterator<Item = (&str, &Histogram)> {
        let known = self.kernels.iter().filter(|of| of.kernel.is_some());
        known.map(|of| (of.name(), &of.compute))
    }

    /// Calls that were answered without being run, by every reason that there is.
    pub(super) fn refused(&self) -> impl Iterator<Item = (Reason, u64)> {
        let counted = Reason::ALL.iter().zip(&self.refused);
        counted
            .map(|(reason, count)| (*reason, read(count)))
            .filter(|(reason, _)| *reason != Reason::None)
    }

    /// A host has a handful of kernels: comparing addresses in order beats hashing one.
    #[inline]
    fn of(&self, kernel: Option<&Arc<dyn Hosted>>) -> &OfKernel {
        let (none, known) = self.kernels.split_last().expect("one is of no kernel");
        let Some(kernel) = kernel else { return none };
        let is_it = |of: &&OfKernel| {
            of.kernel
                .as_ref()
                .is_some_and(|one| Arc::ptr_eq(one, kernel))
        };
        known.iter().find(is_it).unwrap_or(none)
    }
}

impl fmt::Debug for OfKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfKernel").field(&self.name()).finish()
    }
}

impl OfKernel {
    fn new(kernel: Option<Arc<dyn Hosted>>) -> Self {
        Self {
            kernel,
            calls: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            cheap: AtomicU32::new(0),
            compute: Histogram::default(),
        }
    }

    fn name(&self) -> &str {
        self.kernel
            .as_ref()
            .map_or(NO_KERNEL, |kernel| kernel.spec().name)
    }

    fn answered(&self) -> impl Iterator<Item = Answered<'_>> {
        let by_code = move |channel: &Channel| {
            let channel = *channel;
            Status::ALL.iter().map(move |code| Answered {
                kernel: self.name(),
                channel,
                code: *code,
                calls: read(&self.calls[channel as usize][*code as usize]),
            })
        };
        let all = Channel::ALL.iter().flat_map(by_code);
        all.filter(|answered| answered.calls > 0)
    }
}

#[cfg(test)]
mod tests {
    use sidecar_wire::Codec;
    use sidecar_wire::stamps::Stamps;

    use super::*;

    fn counts() -> (Registry, Counts) {
        let registry = Registry::standard();
        let counts = Counts::new(&registry);
        (registry, counts)
    }

    fn target(registry: &Registry) -> Target<'_> {
        Target {
            kernel: registry.get(b"echo").expect("hosted"),
            codec: Codec::Raw,
        }
    }

    #[test]
    fn calls_are_counted_by_kernel_channel_and_code() {
        let (registry, counts) = counts();
        let failed = Err(Failure::new(Reason::QueueFull, "full"));
        let unknown = Err(Failure::new(Reason::UnknownKernel, "none"));
        let call = Call::default();
        counts.answered(Channel::Uds, Some(target(&registry)), &call, &Ok(()));
        counts.answered(Channel::Uds, Some(target(&registry)), &call, &Ok(()));
        counts.answered(Channel::GrpcTcp, Some(target(&registry)), &call, &failed);
        counts.answered(Channel::GrpcUds, None, &call, &unknown);
        let seen: Vec<_> = counts
            .calls()
            .map(|one| (one.kernel, one.channel, one.code, one.calls))
            .collect();
        let expected = [
            ("echo", Channel::Uds, Status::Ok, 2),
            ("echo", Channel::GrpcTcp, Status::ResourceExhausted, 1),
            ("unknown", Channel::GrpcUds, Status::Unimplemented, 1),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn only_what_was_not_run_is_refused() {
        let (registry, counts) = counts();
        for reason in [Reason::QueueFull, Reason::QueueFull, Reason::KernelPanicked] {
            let failed = Err(Failure::new(reason, ""));
            counts.answered(
                Channel::Uds,
                Some(target(&registry)),
                &Call::default(),
                &failed,
            );
        }
        let refused: Vec<_> = counts.refused().filter(|(_, calls)| *calls > 0).collect();
        assert_eq!(refused, [(Reason::QueueFull, 2)]);
    }

    #[test]
    fn one_cheap_call_of_thirteen_stands_for_thirteen() {
        let (registry, counts) = counts();
        let echo = registry.get(b"echo").expect("hosted");
        let weights: Vec<u32> = (0..26).map(|_| counts.weight(echo, true)).collect();
        assert_eq!(
            (weights[0], weights[13], weights.iter().sum::<u32>()),
            (13, 13, 26)
        );
        assert_eq!(counts.weight(echo, false), 1);
    }

    #[test]
    fn a_timed_call_adds_its_compute_time_as_often_as_it_weighs() {
        let (registry, counts) = counts();
        let stamps = Stamps {
            t6: 100,
            t7: 5100,
            ..Stamps::default()
        };
        for weight in [1, 13] {
            let call = Call {
                weight,
                stamps,
                ..Call::default()
            };
            counts.answered(Channel::Uds, Some(target(&registry)), &call, &Ok(()));
        }
        let (_, compute) = counts
            .compute()
            .find(|(name, _)| *name == "echo")
            .expect("hosted");
        assert_eq!(compute.sum_ns(), 14 * 5000);
        assert_eq!(compute.buckets().map(|(_, calls)| calls).sum::<u64>(), 14);
    }
}
