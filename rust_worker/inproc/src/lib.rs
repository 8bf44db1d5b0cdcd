//! The kernels inside the caller's process (protos/ABI.md).
//!
//! - `abi` has the exported functions and their structs; only there are pointers, only there is unsafe.
//! - [`export!`] exports them over kernels of your own.
//! - `call` is one call, `table` the kernels by number, `kept` the replies that did not fit their buffer.
#![deny(unsafe_code)]

mod abi;
mod call;
mod export;
mod kept;
mod table;

pub use abi::{
    Call, Receipt, sidecar_abi_version, sidecar_call, sidecar_drop, sidecar_enable_faults,
    sidecar_kernel, sidecar_reference_echo, sidecar_take,
};
pub use table::host;
