//! Points in time of one call.
//!
//! All stamps are CLOCK_MONOTONIC nanoseconds, one clock for every process of a host.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of one second.
const NS_PER_S: u64 = 1_000_000_000;

/// CLOCK_MONOTONIC in ns.
#[inline]
pub fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * NS_PER_S + now.tv_nsec.unsigned_abs()
}

/// How often the two clocks are read for their offset.
const OFFSET_TRIES: usize = 64;

/// CLOCK_REALTIME minus CLOCK_MONOTONIC in ns, for a process whose parent gave none.
///
/// Of several tries the tightest is taken, as in every process of ours, so that two of one host differ by less than half
/// of either's tightest try.
pub fn clock_offset_ns() -> i64 {
    let tries = (0..OFFSET_TRIES).map(|_| read_offset());
    tries.min().map_or(0, |(_, offset)| offset)
}

/// The width of a try and the offset that it gives, both in ns.
fn read_offset() -> (u64, i64) {
    let before = now_ns();
    let wall = clock_gettime(ClockId::Realtime);
    let width = now_ns() - before;
    let wall_ns = i128::from(wall.tv_sec) * i128::from(NS_PER_S) + i128::from(wall.tv_nsec);
    let monotonic_ns = i128::from(before) + i128::from(width) / 2;
    (width, i64::try_from(wall_ns - monotonic_ns).unwrap_or(0))
}

/// What a host stamps of one call: t4 request in hand, t5 decoded, t6 dequeued, t7 computed, t8 reply encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// Request in the worker's hand, ns.
    pub t4: u64,
    /// Request decoded, ns.
    pub t5: u64,
    /// Taken from the queue, ns.
    pub t6: u64,
    /// Computed, ns.
    pub t7: u64,
    /// Reply encoded, ns.
    pub t8: u64,
}

impl Stamps {
    /// The five stamps in the order of the receipt.
    #[inline]
    pub fn to_array(self) -> [u64; 5] {
        [self.t4, self.t5, self.t6, self.t7, self.t8]
    }

    /// The five stamps as a receipt's `stamps_ns` carries them: fixed64, little-endian.
    #[inline]
    pub fn to_le_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        for (slot, stamp) in bytes.chunks_exact_mut(8).zip(self.to_array()) {
            slot.copy_from_slice(&stamp.to_le_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_never_goes_back() {
        let mut last = now_ns();
        for _ in 0..1000 {
            let now = now_ns();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn the_clock_and_its_offset_give_the_wall_clock() {
        let wall = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970")
            .as_nanos();
        let ours = i128::from(now_ns()) + i128::from(clock_offset_ns());
        let apart = (ours - i128::try_from(wall).expect("fits")).abs();
        assert!(apart < 50_000_000, "{apart} ns apart");
    }

    #[test]
    fn the_offset_is_known_to_a_microsecond_and_measurements_agree_within_their_widths() {
        let best = || {
            (0..OFFSET_TRIES)
                .map(|_| read_offset())
                .min()
                .expect("tried")
        };
        let (first_width, first) = best();
        let mut tightest = first_width;
        for _ in 0..100 {
            let (width, offset) = best();
            let apart = offset.abs_diff(first);
            let bound = width.div_ceil(2) + first_width.div_ceil(2);
            assert!(
                apart <= bound,
                "{apart} ns apart, with a bound of {bound} ns"
            );
            tightest = tightest.min(width);
        }
        assert!(tightest < 2_000, "known to half of {tightest} ns at best");
    }

    #[test]
    fn stamps_are_written_in_order_and_little_endian() {
        let stamps = Stamps {
            t4: 1,
            t5: 2,
            t6: 3,
            t7: 4,
            t8: 0x0102_0304_0506_0708,
        };
        let bytes = stamps.to_le_bytes();
        assert_eq!(bytes[0], 1);
        assert_eq!(bytes[24], 4);
        assert_eq!(bytes[32..], [8, 7, 6, 5, 4, 3, 2, 1]);
    }
}
