use std::thread;
use std::time::{Duration, Instant};

use sidecar_kernels::{Checkpoint, Kernel, KernelError, Stop};
use sidecar_wire::faults_v1::{SleepRequest, SleepResponse};
use sidecar_wire::lists::{self, KernelSpec};

/// Time between two polls.
const NAP: Duration = Duration::from_millis(1);

/// Waits, polling its checkpoint unless it is told to be stubborn. `protos/faults/v1/sleep.md`.
#[derive(Clone, Copy, Debug)]
pub struct Sleep;

impl Kernel for Sleep {
    type Request<'a> = SleepRequest;
    type Response<'a> = SleepResponse;

    fn spec(&self) -> &KernelSpec {
        &lists::SLEEP
    }

    fn run(
        &self,
        request: SleepRequest,
        checkpoint: &Checkpoint<'_>,
    ) -> Result<SleepResponse, KernelError> {
        let duration = Duration::from_nanos(request.duration_ns);
        if request.stubborn {
            thread::sleep(duration);
        } else {
            nap(duration, checkpoint)?;
        }
        Ok(SleepResponse::default())
    }
}

fn nap(duration: Duration, checkpoint: &Checkpoint<'_>) -> Result<(), Stop> {
    let start = Instant::now();
    loop {
        checkpoint.poll()?;
        let left = duration.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(NAP));
    }
}
