//! The channels, one file each: they move bytes and know no kernel. `frames` is what two of them share.

mod frames;
pub(crate) mod grpc;
pub(crate) mod uds;
