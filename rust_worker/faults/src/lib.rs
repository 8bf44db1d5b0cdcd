//! Kernels that misbehave, for the fault table (`protos/FAULTS.toml`). [`register`] adds them to a host.
//!
//! [`Sleep`] waits, [`Panic`] panics, [`Abort`] ends the process, [`Alloc`] answers with many bytes, [`Append`] is not
//! idempotent. Each has a specification in `protos/faults/v1`.
#![forbid(unsafe_code)]

mod abort;
mod alloc;
mod append;
mod panic;
mod sleep;

use std::path::PathBuf;

pub use abort::Abort;
pub use alloc::Alloc;
pub use append::Append;
pub use panic::Panic;
use sidecar_kernels::{Duplicate, Registry};
pub use sleep::Sleep;

/// Adds the five. Without an `append_file` the kernel `append` refuses its input.
///
/// # Errors
/// [`Duplicate`] when one of their names is taken.
pub fn register(registry: &mut Registry, append_file: Option<PathBuf>) -> Result<(), Duplicate> {
    registry.register(Sleep)?;
    registry.register(Panic)?;
    registry.register(Abort)?;
    registry.register(Alloc)?;
    registry.register(Append::new(append_file))
}
