//! Frames, whatever carries them (protos/FRAME.md): one session for the channels `uds` and `grpc-stream`.
//!
//! - `transport` is what a channel brings along: how bytes are read and written.
//! - `session` is one connection's task; `calls` what a call frame does.
//! - `inbox` is the read buffer, `assembly` a request in several frames, `outgoing` what waits to be written.
//! - `link` is what the task shares with the compute threads, which hand their replies to the transport themselves.

mod assembly;
mod calls;
mod inbox;
mod link;
mod outgoing;
mod session;
mod transport;

pub(super) use link::Link;
pub(super) use outgoing::Outgoing;
pub(super) use session::{Session, SessionError};
pub(super) use transport::{Transport, Wanted};
