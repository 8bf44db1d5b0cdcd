//! Dropped spans: counted, and told of at intervals.

use std::sync::atomic::{AtomicU64, Ordering};

use sidecar_wire::stamps::now_ns;

/// How often dropped spans are told of: a receiver that is away is no news.
const TELL_EVERY_NS: u64 = 60_000_000_000;

/// Counts dropped spans; the first is told at once, then their number at most once in [`TELL_EVERY_NS`].
#[derive(Debug, Default)]
pub struct Ledger {
    dropped: AtomicU64,
    /// Of them, what the log has said.
    told: AtomicU64,
    /// CLOCK_MONOTONIC ns.
    quiet_until: AtomicU64,
}

impl Ledger {
    /// Counts spans that will not arrive.
    pub fn lose(&self, count: usize, because: &str) {
        self.dropped.fetch_add(count as u64, Ordering::Relaxed);
        let (now, until) = (now_ns(), self.quiet_until.load(Ordering::Relaxed));
        let next = now + TELL_EVERY_NS;
        let is_due = now >= until
            && self
                .quiet_until
                .compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if is_due {
            self.tell(because);
        }
    }

    /// Writes the number to the log when it has grown since the last time.
    pub fn tell(&self, because: &str) {
        let dropped = self.dropped();
        if self.told.swap(dropped, Ordering::Relaxed) != dropped {
            tracing::warn!(
                dropped,
                because,
                "spans are dropped, calls are not affected; check OTEL_EXPORTER_OTLP_ENDPOINT and its receiver"
            );
        }
    }

    /// How many there are.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
