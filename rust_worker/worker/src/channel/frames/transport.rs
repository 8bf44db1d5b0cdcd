//! What carries the bytes of one connection.

use std::io::{self, IoSliceMut};

use sidecar_wire::lists::Channel;

use crate::channel::frames::outgoing::Outgoing;

/// What the session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum Wanted {
    /// Bytes to read.
    Bytes,
    /// Bytes to read, or room for what is unsent.
    BytesOrRoom,
    /// Room for what is unsent.
    Room,
}

/// One connection's bytes, both ways. The session's task reads; whoever has a reply writes.
pub(in crate::channel) trait Transport: Send + Sync + 'static {
    /// The channel's name in spans.
    const CHANNEL: Channel;

    /// Bytes of the read buffer when the connection opens.
    const FIRST_READ_BYTES: usize;

    /// Whether the client may end its direction and still get its replies.
    const HALF_CLOSES: bool;

    /// Waits for something of what is wanted. True when there may be bytes to read.
    fn ready(&self, wanted: Wanted) -> impl Future<Output = io::Result<bool>> + Send;

    /// Reads once, without waiting. 0 is the end of the client's direction.
    ///
    /// # Errors
    /// `WouldBlock`, or why the connection ends.
    fn read(&self, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize>;

    /// Writes what can be written without waiting. True when the session's task has to go on with it.
    ///
    /// # Errors
    /// Why the connection ends.
    fn write(&self, outgoing: &mut Outgoing) -> io::Result<bool>;
}
