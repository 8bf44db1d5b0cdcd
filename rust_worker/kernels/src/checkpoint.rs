use std::sync::atomic::{AtomicU32, Ordering};

use sidecar_wire::stamps::now_ns;

/// Why a kernel was told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    #[error("the deadline passed")]
    Deadline,
    #[error("the caller gave the call up")]
    Cancelled,
}

/// How a deadline and a cancel reach a kernel, which polls it at least every millisecond of work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checkpoint<'a> {
    /// CLOCK_MONOTONIC in ns; 0 means none.
    pub deadline_ns: u64,
    /// Turns non-zero when the caller gives up.
    pub cancel: Option<&'a AtomicU32>,
}

impl Checkpoint<'_> {
    /// Says whether to go on. The clock is read only where there is a deadline.
    ///
    /// # Errors
    /// [`Stop`] when the kernel is to end; the kernel hands it back as it is.
    #[inline]
    pub fn poll(&self) -> Result<(), Stop> {
        // Relaxed: the flag guards no other data, and a poll that misses it is followed by one that does not.
        if self
            .cancel
            .is_some_and(|flag| flag.load(Ordering::Relaxed) != 0)
        {
            return Err(Stop::Cancelled);
        }
        if self.deadline_ns != 0 && now_ns() >= self.deadline_ns {
            return Err(Stop::Deadline);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_without_deadline_and_flag_never_stops() {
        assert_eq!(Checkpoint::default().poll(), Ok(()));
    }

    #[test]
    fn a_raised_flag_stops() {
        let flag = AtomicU32::new(0);
        let checkpoint = Checkpoint {
            deadline_ns: 0,
            cancel: Some(&flag),
        };
        assert_eq!(checkpoint.poll(), Ok(()));
        flag.store(1, Ordering::Relaxed);
        assert_eq!(checkpoint.poll(), Err(Stop::Cancelled));
    }

    #[test]
    fn only_a_deadline_that_has_passed_stops() {
        let late = Checkpoint {
            deadline_ns: 1,
            cancel: None,
        };
        let early = Checkpoint {
            deadline_ns: u64::MAX,
            cancel: None,
        };
        assert_eq!(late.poll(), Err(Stop::Deadline));
        assert_eq!(early.poll(), Ok(()));
    }
}
