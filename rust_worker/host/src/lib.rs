//! What a project of its own needs to host its kernels, as its only dependency.
//!
//! - [`main!`] makes the program and the library out of a registry.
//! - [`Registry`] takes kernels; [`BytesKernel`] is one without a proto.
//! - [`Worker`] is for a main that does more.
#![forbid(unsafe_code)]

pub use sidecar_inproc as inproc;
pub use sidecar_kernels::{BytesKernel, Checkpoint, Hosted, Kernel, KernelError, Registry, Stop};
pub use sidecar_worker::{Worker, WorkerBuilder};

/// Makes `main`, the worker with the kernels of `registry`, a `fn() -> Registry`; and the exported functions of the
/// library with the same kernels, where the crate is built as `staticlib` too.
///
/// ```ignore
/// use sidecar_host::{BytesKernel, Checkpoint, KernelError, Registry};
///
/// fn upper(input: &[u8], _: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
///     Ok(input.to_ascii_uppercase())
/// }
///
/// fn registry() -> Registry {
///     Registry::default().with(BytesKernel::new("upper", upper))
/// }
///
/// sidecar_host::main!(registry);
/// ```
// Not built here, where cargo gives the library its own exports too; examples/own-kernel is, by tests/ownkernel.
#[macro_export]
macro_rules! main {
    ($registry:path) => {
        /// The worker.
        pub fn main() -> ::std::process::ExitCode {
            $crate::Worker::builder()
                .registry($registry())
                .build()
                .main()
        }

        $crate::inproc::export!($registry);
    };
}
