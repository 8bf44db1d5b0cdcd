//! The channels, one file each: they move bytes and know no kernel.

pub(crate) mod grpc;
pub(crate) mod uds;
