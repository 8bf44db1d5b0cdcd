//! The process that hosts kernels.
//!
//! - [`Worker`] goes from the flags ([`Options`]) to the exit code; a program of your own is
//!   `Worker::builder().registry(kernels).build().main()`.
//! - `channel` has what carries bytes, one file each; `host` is what each of them does with a call; `call` is one
//!   call on its way.
//! - `pool` computes what is not cheap; `body` is a request that is still coming; `buffers` keeps large buffers for
//!   the next call.
//! - `socket`, `lifeline`, `shutdown` and `log` are the process: its private sockets, its parent, its end, its words.
//!   `health` asks another one whether it serves.
//! - `system` is what Linux tells and others do not, a module each.
//! - `spans` sends the spans of sampled calls; `metrics` is what Prometheus reads, where it is asked for.
#![forbid(unsafe_code)]

mod body;
mod buffers;
mod call;
mod channel;
mod health;
mod host;
mod lifeline;
mod log;
mod metrics;
mod options;
mod pool;
mod shutdown;
mod socket;
mod spans;
mod system;
mod worker;

pub use options::{Doors, Options};
pub use worker::{Worker, WorkerBuilder, WorkerError};
