//! The wall time of stamps.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sidecar_wire::stamps::{clock_offset_ns, now_ns};

/// How long a measured offset is used: a wall clock that was set, or a machine that slept, is seen then.
const MEASURE_EVERY_NS: u64 = 10_000_000_000;

/// Adds the offset that the parent gave, else one that is measured anew from time to time, as every process of ours
/// does (docs/traces.md).
pub struct WallClock {
    given: Option<i64>,
    /// CLOCK_MONOTONIC ns of the measurement, and the offset.
    measured: Cell<Option<(u64, i64)>>,
}

impl WallClock {
    /// A clock with the offset that the parent gave, if it did.
    pub fn new(given: Option<i64>) -> Self {
        Self {
            given,
            measured: Cell::new(None),
        }
    }

    /// The wall time of a stamp of CLOCK_MONOTONIC.
    pub fn at(&self, stamp_ns: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(stamp_ns.saturating_add_signed(self.offset()))
    }

    fn offset(&self) -> i64 {
        self.given.unwrap_or_else(|| match self.measured.get() {
            Some((at, offset)) if now_ns() - at <= MEASURE_EVERY_NS => offset,
            _ => self.measure(),
        })
    }

    fn measure(&self) -> i64 {
        let offset = clock_offset_ns();
        self.measured.set(Some((now_ns(), offset)));
        offset
    }
}
