use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use sidecar_kernels::{Checkpoint, Kernel, KernelError};
use sidecar_wire::faults_v1::{AppendRequest, AppendResponse};
use sidecar_wire::lists::{self, KernelSpec};

/// Longest call id in bytes.
const MAX_ID_BYTES: usize = 64;

/// Between the write and the answer: without it hardly any `kill -9` falls between the two, which is where a call has been
/// executed and nobody knows.
const LINGER: Duration = Duration::from_micros(200);

/// Writes its call id as a line: it is not idempotent, and the file shows how often it ran. `protos/faults/v1/append.md`.
#[derive(Debug)]
pub struct Append {
    path: Option<PathBuf>,
    lines: AtomicU64,
}

impl Append {
    /// Appends to `path`, which is opened at each call, so that a test may set it up late.
    #[must_use]
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            lines: AtomicU64::new(0),
        }
    }
}

impl Kernel for Append {
    type Request<'a> = AppendRequest<'a>;
    type Response<'a> = AppendResponse;

    fn spec(&self) -> &KernelSpec {
        &lists::APPEND
    }

    fn run<'a>(
        &self,
        request: AppendRequest<'a>,
        _: &'a Checkpoint<'_>,
    ) -> Result<AppendResponse, KernelError> {
        let Some(path) = &self.path else {
            return Err(KernelError::InvalidInput(
                "append: the host was started without --append-file",
            ));
        };
        let line = line(&request.call_id)?;
        write_line(path, &line)
            .map_err(|_| KernelError::InvalidInput("append: the file cannot be written"))?;
        let count = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        thread::sleep(LINGER);
        Ok(AppendResponse { count })
    }
}

fn line(call_id: &[u8]) -> Result<Vec<u8>, KernelError> {
    if call_id.len() > MAX_ID_BYTES {
        return Err(KernelError::InvalidInput(
            "append: call_id is over 64 bytes",
        ));
    }
    if call_id.contains(&b'\n') {
        return Err(KernelError::InvalidInput("append: call_id has a line feed"));
    }
    Ok([call_id, b"\n"].concat())
}

/// One write with O_APPEND, so that lines of several threads or processes never mix. No fsync: a completed write is in
/// the page cache and outlives a killed process; only the machine's own crash could lose it.
fn write_line(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut file: File = OpenOptions::new().append(true).create(true).open(path)?;
    let written = file.write(line)?;
    if written == line.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::WriteZero.into())
    }
}
