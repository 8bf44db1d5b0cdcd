use std::process;

use sidecar_kernels::{Checkpoint, Kernel, KernelError};
use sidecar_wire::faults_v1::{AbortRequest, AbortResponse};
use sidecar_wire::lists::{self, KernelSpec};

/// Ends the process that hosts it, by SIGABRT. `protos/faults/v1/abort.md`.
#[derive(Clone, Copy, Debug)]
pub struct Abort;

impl Kernel for Abort {
    type Request<'a> = AbortRequest;
    type Response<'a> = AbortResponse;

    fn spec(&self) -> &KernelSpec {
        &lists::ABORT
    }

    fn run(&self, _: AbortRequest, _: &Checkpoint<'_>) -> Result<AbortResponse, KernelError> {
        process::abort()
    }
}
