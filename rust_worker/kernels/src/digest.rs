use sha2::{Digest as _, Sha256};
use sidecar_wire::kernels_v1::{DigestRequest, DigestResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError};

/// Bytes between two polls: some 0.1 ms with SHA instructions, some 0.5 ms without.
const BYTES_A_POLL: usize = 1 << 17;

/// SHA-256 (FIPS 180-4). `protos/kernels/v1/digest.md`.
#[derive(Clone, Copy, Debug)]
pub struct Digest;

impl Kernel for Digest {
    type Request<'a> = DigestRequest<'a>;
    type Response<'a> = DigestResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::DIGEST
    }

    fn run<'a>(
        &self,
        request: DigestRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<DigestResponse<'a>, KernelError> {
        let mut hasher = Sha256::new();
        for piece in request.data.chunks(BYTES_A_POLL) {
            checkpoint.poll()?;
            hasher.update(piece);
        }
        Ok(DigestResponse {
            sha256: hasher.finalize().to_vec().into(),
        })
    }
}
