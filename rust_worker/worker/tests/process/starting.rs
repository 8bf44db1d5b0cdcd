//! How a worker starts: its line, its flags, its folder, its lifeline.

use std::collections::BTreeMap;
use std::io::{PipeWriter, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Output;

use rustix::io::{FdFlags, fcntl_setfd};
use sidecar_wire::stamps::now_ns;

use crate::process::{Worker, command, private_folder};

#[test]
fn the_line_says_who_serves_what_and_where() {
    let before = now_ns();
    let worker = Worker::start(&["--nonce", "5f0c"]);
    let line = &worker.handshake;
    assert_eq!(
        (line.contract.as_str(), line.role.as_str()),
        ("1.0", "worker")
    );
    assert_eq!((line.pid, line.nonce.as_str()), (worker.pid(), "5f0c"));
    assert!((before..now_ns()).contains(&line.start_ns));
    let channels: Vec<&str> = line.endpoints.keys().map(String::as_str).collect();
    assert_eq!(channels, ["grpc-stream", "grpc-tcp", "grpc-uds", "uds"]);
    assert!(line.endpoints["uds"].ends_with("/worker.sock"));
    assert!(line.endpoints["grpc-uds"].ends_with("/worker-grpc.sock"));
}

#[test]
fn only_the_channels_that_are_asked_for_are_served() {
    let worker = Worker::start(&["--uds"]);
    let expected = worker
        .folder
        .path()
        .join("worker.sock")
        .display()
        .to_string();
    assert_eq!(
        worker.handshake.endpoints,
        BTreeMap::from([("uds".to_owned(), expected)])
    );
}

#[test]
fn another_major_is_announced_when_a_test_asks_for_it() {
    let worker = Worker::start(&["--uds", "--faults", "--contract-major", "2"]);
    assert_eq!(worker.handshake.contract, "2.0");
}

fn refused(flags: &[&str]) -> Output {
    command(private_folder().path(), flags)
        .output()
        .expect("it starts")
}

#[test]
fn bad_flags_are_one_refusal_on_stderr_and_exit_code_2() {
    let cases: [(&[&str], &str); 5] = [
        (&["--nope"], "--nope"),
        (&["--queue", "many"], "--queue"),
        (&["--lifeline-fd", "1"], "--lifeline-fd 1"),
        (&["--lifeline-fd", "77"], "--lifeline-fd 77"),
        (&["--grpc-tcp", "192.0.2.1:1"], "192.0.2.1:1"),
    ];
    for (flags, named) in cases {
        let output = refused(flags);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {text}");
        assert!(text.contains(named), "{flags:?}: {text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_folder_that_is_not_private_is_refused() {
    let folder = private_folder();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    let output = command(folder.path(), &[]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("0755"));
}

#[test]
fn a_second_worker_in_one_folder_is_refused_and_leaves_the_first_alone() {
    let worker = Worker::start(&["--uds"]);
    let output = command(worker.folder.path(), &["--uds"])
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another process serves it"));
    assert_eq!(worker.files().len(), 2);
}

#[test]
fn help_has_examples_and_goes_to_stdout() {
    let output = refused(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Examples:"));
}

#[test]
fn a_worker_ends_with_its_lifeline() {
    let (ours, parents): (_, PipeWriter) = std::io::pipe().expect("a pipe");
    let inherited: OwnedFd = ours.into();
    let number = inherited.as_raw_fd().to_string();
    let folder = private_folder();
    let mut start = command(folder.path(), &["--uds", "--lifeline-fd", &number]);
    inherit(&mut start, inherited);
    let mut child = start.spawn().expect("it starts");
    // The command holds the read end only.
    drop(start);
    let mut line = [0; 16];
    let mut stdout = child.stdout.take().expect("piped");
    stdout.read_exact(&mut line).expect("a line");
    assert!(child.try_wait().expect("ours").is_none());
    drop(parents);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("its end");
    assert_eq!(child.wait().expect("ours").code(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).expect("ours").count(), 0);
}

#[allow(unsafe_code)]
fn inherit(command: &mut std::process::Command, descriptor: OwnedFd) {
    // SAFETY: fcntl is async-signal-safe, and nothing else is done between fork and exec.
    unsafe {
        command.pre_exec(move || Ok(fcntl_setfd(&descriptor, FdFlags::empty())?));
    }
}
