//! The worker as a process: real sockets, real signals.

mod bytes;
mod drain;
mod frame_client;
mod frames;
mod frames_limits;
mod grpc;
mod grpc_client;
mod grpc_wire;
mod health;
mod hostile;
#[cfg(feature = "plant")]
mod plants;
mod preload;
mod process;
mod spans;
mod starting;
mod stream;
mod stream_bridge;
