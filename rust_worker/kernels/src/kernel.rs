use sidecar_wire::lists::{KernelSpec, Reason};
use sidecar_wire::status::Failure;
use sidecar_wire::{Malformed, Message};

use crate::checkpoint::{Checkpoint, Stop};

/// A pure function: one request in, one reply out, no I/O. It knows no codec and no route.
pub trait Kernel: Send + Sync + 'static {
    /// What comes in; its bytes are borrowed from the buffer that the host holds.
    type Request<'a>: Message<'a>;
    /// What goes out; it may borrow from the same buffer.
    type Response<'a>: Message<'a>;

    /// What the kernel states of itself. A kernel outside of this repository may build its own at run time.
    fn spec(&self) -> &KernelSpec;

    // The checkpoint lends `'a` too: a lifetime that stood only in associated types would have to be spelt `where 'a: 'a`
    // by every implementation.
    /// Computes the answer, polling `checkpoint` at least every millisecond of work.
    ///
    /// # Errors
    /// [`KernelError::Stopped`] when the checkpoint says so, [`KernelError::InvalidInput`] for a well-formed request
    /// that the kernel refuses.
    fn run<'a>(
        &self,
        request: Self::Request<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<Self::Response<'a>, KernelError>;

    /// True when the answer takes less than handing the request to another thread: some tens of microseconds.
    /// By default a request up to `cheap_up_to_bytes` of the spec is, and none where that is 0.
    fn is_cheap(&self, _request: &Self::Request<'_>, encoded_len: usize) -> bool {
        let bound = self.spec().cheap_up_to_bytes;
        bound > 0 && encoded_len <= bound
    }

    /// Loads what the kernel keeps resident, which its first call would do otherwise while others wait.
    fn preload(&self) {}
}

/// Why a kernel gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KernelError {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Stopped(#[from] Stop),
    #[error("invalid input: {0}")]
    InvalidInput(&'static str),
}

/// What a host answers for a kernel's error, whatever the channel.
impl From<KernelError> for Failure {
    fn from(error: KernelError) -> Self {
        match error {
            KernelError::Malformed(malformed) => {
                Self::new(Reason::MalformedPayload, malformed.to_string())
            }
            KernelError::Stopped(Stop::Deadline) => {
                Self::new(Reason::Deadline, "the deadline passed while the kernel ran")
            }
            KernelError::Stopped(Stop::Cancelled) => Self::new(
                Reason::CallerCancelled,
                "the caller gave the call up while the kernel ran",
            ),
            KernelError::InvalidInput(text) => Self::new(Reason::InvalidInput, text),
        }
    }
}
