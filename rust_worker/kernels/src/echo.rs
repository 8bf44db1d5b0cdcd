use sidecar_wire::kernels_v1::{EchoRequest, EchoResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError};

/// The null kernel: it prices the boundary. `protos/kernels/v1/echo.md`.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Kernel for Echo {
    type Request<'a> = EchoRequest<'a>;
    type Response<'a> = EchoResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::ECHO
    }

    fn run<'a>(
        &self,
        request: EchoRequest<'a>,
        _: &'a Checkpoint<'_>,
    ) -> Result<EchoResponse<'a>, KernelError> {
        Ok(EchoResponse {
            payload: request.payload,
        })
    }
}
