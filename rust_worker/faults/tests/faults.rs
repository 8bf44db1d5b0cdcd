//! Each kernel misbehaves as its specification says, and in no other way.

use std::os::unix::process::ExitStatusExt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, panic, process, thread};

use sidecar_faults::register;
use sidecar_kernels::{Checkpoint, KernelError, Registry, Stop};
use sidecar_wire::faults_v1::{
    AbortRequest, AllocRequest, AllocResponse, AppendRequest, AppendResponse, PanicRequest,
    SleepRequest,
};
use sidecar_wire::{Codec, Message};

const CODEC: Codec = Codec::Raw;
const LONG: Duration = Duration::from_millis(300);

fn call<'a>(
    registry: &Registry,
    name: &str,
    request: &impl Message<'a>,
    checkpoint: &Checkpoint<'_>,
) -> Result<Vec<u8>, KernelError> {
    let mut encoded = Vec::new();
    request.encode(CODEC, &mut encoded);
    let kernel = registry.get(name.as_bytes()).expect("a registered kernel");
    let admission = kernel.admit(CODEC, &encoded)?;
    assert!(!admission.cheap, "{name} must not run on an I/O thread");
    let mut reply = Vec::new();
    kernel
        .run(CODEC, &encoded, checkpoint, None, &mut reply)
        .map(|()| reply)
}

fn host(append_file: Option<PathBuf>) -> Registry {
    let mut registry = Registry::standard();
    register(&mut registry, append_file).expect("names of their own");
    registry
}

fn sleep(stubborn: bool, checkpoint: &Checkpoint<'_>) -> (Result<Vec<u8>, KernelError>, Duration) {
    let duration_ns = u64::try_from(LONG.as_nanos()).expect("fits");
    let request = SleepRequest {
        duration_ns,
        stubborn,
    };
    let start = Instant::now();
    let answer = call(&host(None), "sleep", &request, checkpoint);
    (answer, start.elapsed())
}

#[test]
fn sleep_takes_its_time() {
    let (answer, took) = sleep(false, &Checkpoint::default());
    assert_eq!(answer, Ok(Vec::new()));
    assert!(took >= LONG, "{took:?}");
}

#[test]
fn sleep_ends_when_its_caller_gives_up() {
    let flag = AtomicU32::new(0);
    let checkpoint = Checkpoint {
        deadline_ns: 0,
        cancel: Some(&flag),
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(20));
            flag.store(1, Ordering::Relaxed);
        });
        let (answer, took) = sleep(false, &checkpoint);
        assert_eq!(answer, Err(KernelError::Stopped(Stop::Cancelled)));
        assert!(took < LONG, "{took:?}");
    });
}

#[test]
fn sleep_ends_at_its_deadline() {
    let checkpoint = Checkpoint {
        deadline_ns: 1,
        cancel: None,
    };
    let (answer, took) = sleep(false, &checkpoint);
    assert_eq!(answer, Err(KernelError::Stopped(Stop::Deadline)));
    assert!(took < LONG, "{took:?}");
}

#[test]
fn a_stubborn_sleep_is_deaf() {
    let checkpoint = Checkpoint {
        deadline_ns: 1,
        cancel: None,
    };
    let (answer, took) = sleep(true, &checkpoint);
    assert_eq!(answer, Ok(Vec::new()));
    assert!(took >= LONG, "{took:?}");
}

#[test]
fn panic_panics_with_its_text() {
    let request = PanicRequest {
        message: b"planted \xff".as_slice().into(),
    };
    let registry = host(None);
    let run = || call(&registry, "panic", &request, &Checkpoint::default());
    let caught = panic::catch_unwind(AssertUnwindSafe(run));
    let text = caught.expect_err("a panic");
    assert_eq!(
        text.downcast_ref::<String>().map(String::as_str),
        Some("planted \u{fffd}")
    );
}

/// Runs this test again in a child, which aborts.
#[test]
fn abort_ends_its_process_by_sigabrt() {
    const SIGABRT: i32 = 6;
    if env::var_os("SIDECAR_ABORT_HERE").is_some() {
        let _ = call(
            &host(None),
            "abort",
            &AbortRequest {},
            &Checkpoint::default(),
        );
        process::exit(0);
    }
    let program = env::current_exe().expect("this program");
    let output = Command::new(program)
        .args(["--exact", "abort_ends_its_process_by_sigabrt"])
        .env("SIDECAR_ABORT_HERE", "1")
        .output()
        .expect("a child");
    assert_eq!(output.status.signal(), Some(SIGABRT));
}

#[test]
fn alloc_answers_with_zeros_up_to_a_bound() {
    let registry = host(None);
    let alloc = |size| {
        call(
            &registry,
            "alloc",
            &AllocRequest { size },
            &Checkpoint::default(),
        )
    };
    let reply = alloc(1000).expect("an answer");
    let response = AllocResponse::decode(CODEC, &reply).expect("a response");
    assert_eq!(response.data.as_ref(), [0; 1000]);
    for size in [(1 << 30) + 1, u64::MAX] {
        assert!(matches!(alloc(size), Err(KernelError::InvalidInput(_))));
    }
}

fn append(registry: &Registry, call_id: &[u8]) -> Result<u64, KernelError> {
    let request = AppendRequest {
        call_id: call_id.into(),
    };
    let reply = call(registry, "append", &request, &Checkpoint::default())?;
    Ok(AppendResponse::decode(CODEC, &reply)
        .expect("a response")
        .count)
}

#[test]
fn append_writes_a_line_a_call_and_counts_them() {
    let path = env::temp_dir().join(format!("sidecar-append-{}", process::id()));
    let registry = host(Some(path.clone()));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).all(|_| append(&registry, b"same id").is_ok()));
        }
    });
    let count = append(&registry, &[b'x'; 64]);
    let content = fs::read_to_string(&path).expect("the file");
    fs::remove_file(&path).expect("removable");
    assert_eq!(count, Ok(201));
    assert_eq!(
        content.lines().filter(|line| *line == "same id").count(),
        200
    );
    assert_eq!(content.lines().last(), Some("x".repeat(64).as_str()));
}

#[test]
fn append_refuses_bad_ids_and_writes_nothing() {
    let path = env::temp_dir().join(format!("sidecar-append-refused-{}", process::id()));
    let registry = host(Some(path.clone()));
    for id in [[b'x'; 65].as_slice(), b"two\nlines", b"\n"] {
        assert!(matches!(
            append(&registry, id),
            Err(KernelError::InvalidInput(_))
        ));
    }
    assert!(!path.exists());
}

#[test]
fn append_refuses_a_host_without_a_file_and_a_file_that_cannot_be_written() {
    for file in [None, Some(PathBuf::from("/proc/none/file"))] {
        assert!(matches!(
            append(&host(file), b"id"),
            Err(KernelError::InvalidInput(_))
        ));
    }
}

#[test]
fn the_five_are_registered_once() {
    let mut registry = host(None);
    let names: Vec<&str> = registry
        .iter()
        .filter(|kernel| kernel.spec().misbehaves)
        .map(|kernel| kernel.spec().name)
        .collect();
    assert_eq!(names, ["sleep", "panic", "abort", "alloc", "append"]);
    assert!(register(&mut registry, None).is_err());
}
