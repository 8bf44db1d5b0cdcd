//! The kernels: pure functions, one request in, one reply out, no I/O.
//!
//! - [`Kernel`] is what a kernel implements; [`Checkpoint`] is how a deadline or a cancel reaches it.
//! - [`Registry`] holds the kernels of a host by name, as [`Hosted`]: bytes in, bytes out.
//! - [`Echo`], [`Spin`], [`Digest`], [`Redact`], [`Tokenize`], [`Topk`] and [`Inflate`] are ours; each has a byte-level
//!   specification in `protos/kernels/v1`.
//! - [`BytesKernel`] makes a kernel of a function from bytes to bytes, without a proto.
#![forbid(unsafe_code)]

mod bytes;
mod checkpoint;
mod digest;
mod echo;
mod hosted;
mod inflate;
mod kernel;
pub mod plant;
mod redact;
mod registry;
mod spin;
mod tokenize;
mod topk;

pub use bytes::BytesKernel;
pub use checkpoint::{Checkpoint, Stop};
pub use digest::Digest;
pub use echo::Echo;
pub use hosted::{Admission, Hosted};
pub use inflate::Inflate;
pub use kernel::{Kernel, KernelError};
pub use redact::{Redact, redact};
pub use registry::{Duplicate, Registry};
pub use spin::{Spin, spin};
pub use tokenize::Tokenize;
pub use topk::Topk;
