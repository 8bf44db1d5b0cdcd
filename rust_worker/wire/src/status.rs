//! How a call fails: the one error contract of every route (protos/FAULTS.toml).

use std::borrow::Cow;

use thiserror::Error;

use crate::lists::{Executed, Reason, Status};

/// Why a host or a channel did not answer a call.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason:?}: {message}")]
pub struct Failure {
    /// Why; the status follows from it.
    pub reason: Reason,
    /// Whether the kernel may have run.
    pub executed: Executed,
    /// Text for a person; never a byte of a payload.
    pub message: Cow<'static, str>,
    /// When to come back, in ns from now; 0 where that is not known.
    pub retry_after_ns: u64,
}

impl Failure {
    /// A failure whose `executed` is what its reason says.
    pub fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason,
            executed: reason.executed(),
            message: message.into(),
            retry_after_ns: 0,
        }
    }

    /// The same, where it is known that the kernel never ran.
    pub fn not_executed(self) -> Self {
        let executed = Executed::No;
        Self { executed, ..self }
    }

    /// The same, with a time to come back, in ns from now.
    pub fn retry_after(self, retry_after_ns: u64) -> Self {
        Self {
            retry_after_ns,
            ..self
        }
    }

    /// The canonical code that goes with the reason.
    pub fn status(&self) -> Status {
        self.reason.status()
    }

    /// The text, cut at a character's border to at most `limit` bytes.
    pub fn text(&self, limit: usize) -> &str {
        &self.message[..self.message.floor_char_boundary(limit)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_executed_follow_from_the_reason() {
        let failure = Failure::new(Reason::QueueFull, "full").retry_after(5);
        assert_eq!(failure.status(), Status::ResourceExhausted);
        assert_eq!(failure.executed, Executed::No);
        assert_eq!(failure.retry_after_ns, 5);
    }

    #[test]
    fn a_deadline_before_the_kernel_ran_says_so() {
        let failure = Failure::new(Reason::Deadline, "late");
        assert_eq!(failure.executed, Executed::Unknown);
        assert_eq!(failure.not_executed().executed, Executed::No);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let failure = Failure::new(Reason::InternalError, "aé");
        assert_eq!(failure.text(2), "a");
        assert_eq!(failure.text(3), "aé");
        assert_eq!(failure.text(9), "aé");
    }
}
