//! The bytes that cross a boundary: typed messages in three codecs and the closed lists of the contract.

pub mod bytes;
pub mod codec;
pub mod frame;
mod generated;
pub mod handshake;
mod malformed;
mod message;
mod packed;
pub mod stamps;
pub mod status;
pub mod trace_context;

pub use generated::{faults_v1, kernels_v1, lists, wire_v1};
pub use lists::Codec;
pub use malformed::{At, Malformed, Problem};
pub use message::{Message, named};
pub use packed::{Fixed, Packed};

/// The descriptors of `kernels.v1` and `faults.v1` as an encoded `FileDescriptorSet`, for gRPC reflection.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!("generated/descriptor_set.bin");
