use sidecar_kernels::{Checkpoint, Kernel, KernelError};
use sidecar_wire::faults_v1::{AllocRequest, AllocResponse};
use sidecar_wire::lists::{self, KernelSpec};

/// Largest answer in bytes, so that a test cannot take the machine down.
const MAX_BYTES: usize = 1 << 30;

/// Answers with so many zero bytes. `protos/faults/v1/alloc.md`.
#[derive(Clone, Copy, Debug)]
pub struct Alloc;

impl Kernel for Alloc {
    type Request<'a> = AllocRequest;
    type Response<'a> = AllocResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::ALLOC
    }

    fn run<'a>(
        &self,
        request: AllocRequest,
        _: &'a Checkpoint<'_>,
    ) -> Result<AllocResponse<'a>, KernelError> {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        if size > MAX_BYTES {
            return Err(KernelError::InvalidInput(
                "alloc: size is over 1 GiB; ask for less",
            ));
        }
        // Zeroed by the allocator: the pages stay untouched until the answer is encoded.
        Ok(AllocResponse {
            data: vec![0; size].into(),
        })
    }
}
