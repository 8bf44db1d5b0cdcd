//! Delays that a test plants (protos/HANDSHAKE.md). Without the feature `plant` nothing of it is built.

#[cfg(feature = "plant")]
pub(crate) use sidecar_kernels::plant::{change_coded as change_reply, delay};

/// Waits nowhere.
#[cfg(not(feature = "plant"))]
#[inline]
pub(crate) fn delay(_stage: &str) {}

/// Changes nothing.
#[cfg(not(feature = "plant"))]
#[inline]
pub(crate) fn change_reply(_reply: &mut [u8]) {}
