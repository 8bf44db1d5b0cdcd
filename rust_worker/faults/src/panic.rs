use sidecar_kernels::{Checkpoint, Kernel, KernelError};
use sidecar_wire::faults_v1::{PanicRequest, PanicResponse};
use sidecar_wire::lists::{self, KernelSpec};

/// Panics with the text of its request; the host must catch it. `protos/faults/v1/panic.md`.
#[derive(Clone, Copy, Debug)]
pub struct Panic;

impl Kernel for Panic {
    type Request<'a> = PanicRequest<'a>;
    type Response<'a> = PanicResponse;

    fn spec(&self) -> &KernelSpec {
        &lists::PANIC
    }

    fn run<'a>(
        &self,
        request: PanicRequest<'a>,
        _: &'a Checkpoint<'_>,
    ) -> Result<PanicResponse, KernelError> {
        panic!("{}", String::from_utf8_lossy(&request.message))
    }
}
