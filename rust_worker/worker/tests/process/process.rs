//! A worker that a test starts, and that ends with the test.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sidecar_wire::handshake::Handshake;
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Worker {
    child: Child,
    /// What comes on stderr; a worker whose log nobody reads would stand still.
    log: Option<JoinHandle<String>>,
    pub(crate) folder: TempDir,
    pub(crate) handshake: Handshake,
}

impl Worker {
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, &[])
    }

    pub(crate) fn start_with(flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = private_folder();
        let mut child = command(folder.path(), flags)
            .envs(environment.iter().copied())
            .spawn()
            .expect("the worker starts");
        let stderr = child.stderr.take().expect("piped");
        let log = std::thread::spawn(|| text(stderr));
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let handshake = match serde_json::from_str(&line) {
            Ok(handshake) => handshake,
            Err(error) => {
                let _ = child.wait();
                panic!("{error} in {line:?}: {}", log.join().expect("read"));
            }
        };
        Self {
            child,
            log: Some(log),
            folder,
            handshake,
        }
    }

    pub(crate) fn endpoint(&self, channel: &str) -> &str {
        &self.handshake.endpoints[channel]
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it lives");
    }

    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits for the worker's own end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < SOON {
            if let Some(status) = self.child.try_wait().expect("ours") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the worker did not end");
    }

    /// What the worker wrote to its log; it must have ended.
    pub(crate) fn log(&mut self) -> String {
        let log = self.log.take().expect("asked for once");
        log.join().expect("read")
    }

    /// Memory in use, bytes.
    pub(crate) fn resident_bytes(&self) -> usize {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it lives");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("a line");
        let kilobytes: usize = line
            .split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .expect("kB");
        kilobytes * 1024
    }

    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path()).expect("its folder");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A worker's command line with its streams piped.
pub(crate) fn command(folder: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidecar-worker"));
    command.arg("--socket-dir").arg(folder).args(flags);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT");
    command
}

/// A short path, whatever the test runner's own folder is.
pub(crate) fn private_folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("sw-")
        .tempdir_in("/tmp")
        .expect("a folder");
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.path(), private).expect("ours");
    folder
}

fn text(mut stream: ChildStderr) -> String {
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}
