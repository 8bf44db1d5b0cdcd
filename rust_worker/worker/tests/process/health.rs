//! `sidecar-worker health` beside a real worker.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::process::{Worker, private_folder};

fn health(flags: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_sidecar-worker");
    let mut command = Command::new(program);
    command.arg("health").args(flags);
    command.output().expect("it starts")
}

fn line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    text
}

#[test]
fn a_worker_that_serves_is_healthy_by_folder_and_by_address() {
    let worker = Worker::start(&[]);
    let folder = worker.folder.path().display().to_string();
    for flags in [
        ["--socket-dir", &folder],
        ["--address", worker.endpoint("grpc-tcp")],
    ] {
        let output = health(&flags);
        assert_eq!(output.status.code(), Some(0), "{flags:?}: {output:?}");
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
    }
}

#[test]
fn where_no_worker_is_one_line_says_so() {
    let folder = private_folder();
    let path = folder.path().display().to_string();
    for flags in [["--socket-dir", &path], ["--address", "127.0.0.1:1"]] {
        let output = health(&flags);
        assert_eq!(output.status.code(), Some(1), "{flags:?}");
        assert!(line(&output).contains(flags[1]), "{output:?}");
    }
}

#[test]
fn a_worker_that_hangs_is_given_less_than_a_second() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = deaf.local_addr().expect("bound").to_string();
    let start = Instant::now();
    let output = health(&["--address", &address]);
    assert_eq!(output.status.code(), Some(1));
    assert!(start.elapsed() < Duration::from_secs(1));
    assert!(line(&output).contains("no answer"), "{output:?}");
}

#[test]
fn bad_flags_are_refused() {
    for flags in [
        &[][..],
        &["--nope"],
        &["--socket-dir", "a", "--address", "b"],
    ] {
        assert_eq!(health(flags).status.code(), Some(2), "{flags:?}");
    }
}
