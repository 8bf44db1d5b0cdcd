//! The worker with the kernels of this repository.

use std::process::ExitCode;

use sidecar_worker::Worker;

fn main() -> ExitCode {
    Worker::builder().build().main()
}
