//! Compute times of one kernel.

use std::sync::atomic::AtomicU64;

use crate::metrics::place::{add, read};

/// Times in buckets whose ends are powers of two, from about a microsecond to about four seconds.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    buckets: [AtomicU64; Self::BUCKETS],
    sum_ns: AtomicU64,
}

impl Histogram {
    /// 2^10 ns, 2^11 ns … 2^32 ns, and what takes longer.
    const BUCKETS: usize = 24;

    /// Of the first bucket's end.
    const FIRST_BITS: u32 = 10;

    #[inline]
    pub(super) fn add(&self, took_ns: u64, calls: u64) {
        let bits = u64::BITS - took_ns.saturating_sub(1).leading_zeros();
        let bucket = bits.saturating_sub(Self::FIRST_BITS) as usize;
        add(&self.buckets[bucket.min(Self::BUCKETS - 1)], calls);
        add(&self.sum_ns, took_ns * calls);
    }

    /// The ends of the buckets in ns, none for the last, and the calls in each.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        let last = Self::BUCKETS - 1;
        let end_ns =
            move |bucket: usize| (bucket < last).then(|| 1 << (Self::FIRST_BITS as usize + bucket));
        let counted = self.buckets.iter().enumerate();
        counted.map(move |(bucket, calls)| (end_ns(bucket), read(calls)))
    }

    pub(super) fn sum_ns(&self) -> u64 {
        read(&self.sum_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_falls_into_the_bucket_whose_end_is_not_below_it() {
        let cases = [
            (0, Some(1 << 10)),
            (1 << 10, Some(1 << 10)),
            ((1 << 10) + 1, Some(1 << 11)),
            (1 << 32, Some(1 << 32)),
            ((1 << 32) + 1, None),
            (u64::MAX / 2, None),
        ];
        for (took_ns, end_ns) in cases {
            let histogram = Histogram::default();
            histogram.add(took_ns, 1);
            let filled = histogram.buckets().find(|(_, calls)| *calls > 0);
            assert_eq!(filled, Some((end_ns, 1)), "{took_ns}");
            assert_eq!(histogram.sum_ns(), took_ns);
        }
    }
}
