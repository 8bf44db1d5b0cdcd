use sidecar_wire::kernels_v1::{SpinRequest, SpinResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError, Stop};

/// What a seed of 0 stands for, the one state that xorshift never leaves.
const ZERO_SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Steps between two polls: some 100 µs.
const STEPS_A_POLL: u64 = 1 << 16;

/// Steps of some 20 µs, less than a hand-over to another thread takes.
const CHEAP_STEPS: u64 = 1 << 13;

/// A stated number of steps: it prices the boundary beside a known compute time. `protos/kernels/v1/spin.md`.
#[derive(Clone, Copy, Debug)]
pub struct Spin;

impl Kernel for Spin {
    type Request<'a> = SpinRequest<'a>;
    type Response<'a> = SpinResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::SPIN
    }

    fn run<'a>(
        &self,
        request: SpinRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<SpinResponse<'a>, KernelError> {
        let state = spin(request.steps, request.seed, checkpoint)?;
        Ok(SpinResponse {
            state,
            payload: request.payload,
        })
    }

    fn is_cheap(&self, request: &SpinRequest<'_>, encoded_len: usize) -> bool {
        request.steps <= CHEAP_STEPS && encoded_len <= lists::SPIN.cheap_up_to_bytes
    }
}

/// The state after `steps` steps of xorshift64 (Marsaglia, "Xorshift RNGs", 2003; shifts 13, 7, 17).
///
/// # Errors
/// [`Stop`] when the checkpoint says so.
pub fn spin(steps: u64, seed: u64, checkpoint: &Checkpoint<'_>) -> Result<u64, Stop> {
    let mut state = if seed == 0 { ZERO_SEED } else { seed };
    let mut left = steps;
    while left > 0 {
        checkpoint.poll()?;
        let burst = left.min(STEPS_A_POLL);
        for _ in 0..burst {
            state = step(state);
        }
        left -= burst;
    }
    Ok(state)
}

#[inline]
fn step(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ state << 17
}
