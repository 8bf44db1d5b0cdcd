//! How fast the kernels are, one thread: `cargo run --release --example throughput [LOG FILE]`.
//!
//! A figure is the fastest of some batches, the one that was disturbed least.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sidecar_kernels::{Checkpoint, Digest, Inflate, Kernel, Tokenize, Topk, redact, spin};
use sidecar_wire::kernels_v1::{DigestRequest, InflateRequest, TokenizeRequest, TopkRequest};

const BATCHES: u32 = 20;
const BATCH: Duration = Duration::from_millis(50);
const STEPS: u32 = 1 << 20;
const SIZES: [u32; 4] = [100, 4 << 10, 64 << 10, 1 << 20];

fn main() {
    let log = log();
    let forever = Checkpoint::default();
    for (size, text) in SIZES.map(|size| (size, &log[..size as usize])) {
        report(
            "redact",
            size,
            "byte",
            fastest(|| redact(black_box(text), &forever)),
        );
    }
    for (size, data) in SIZES.map(|size| (size, &log[..size as usize])) {
        let request = DigestRequest { data: data.into() };
        let ns = fastest(|| Digest.run(black_box(request.clone()), &forever));
        report("digest", size, "byte", ns);
    }
    for (size, text) in SIZES.map(|size| (size, &log[..size as usize])) {
        let request = TokenizeRequest {
            text: text.into(),
            count_only: false,
        };
        let ns = fastest(|| Tokenize.run(black_box(request.clone()), &forever));
        report("tokenize", size, "byte", ns);
    }
    for k in [1, 10, 1000] {
        let request = TopkRequest {
            query: log[..384].into(),
            k,
        };
        let ns = fastest(|| Topk.run(black_box(request.clone()), &forever));
        report("topk", k, "answer", ns);
    }
    for (size, content) in SIZES.map(|size| (size, &log[..size as usize])) {
        let request = InflateRequest {
            data: gzip(content).into(),
            max_bytes: 0,
        };
        let ns = fastest(|| Inflate.run(black_box(request.clone()), &forever));
        report("inflate", size, "byte", ns);
    }
    let ns = fastest(|| spin(black_box(u64::from(STEPS)), 1, &forever));
    report("spin", STEPS, "step", ns);
}

/// The given log, or a made-up one, as often as the largest size needs.
fn log() -> Vec<u8> {
    let given = env::args_os().nth(1);
    let text = given.map_or_else(made_up, |path| fs::read(path).expect("readable log"));
    assert!(!text.is_empty(), "the log is empty; give another file");
    text.repeat(SIZES[SIZES.len() - 1] as usize / text.len() + 1)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).expect("memory takes all");
    packed.finish().expect("memory takes all")
}

fn made_up() -> Vec<u8> {
    let line = |number: u32| {
        format!(
            "203.0.113.{} - - [23/Nov/2026:13:48:{:02} +0000] \"GET /api/v1/users/{number} HTTP/1.1\" 200 {} \
             \"-\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0\"\n",
            number % 256,
            number % 60,
            number * 37
        )
    };
    (0..1000).map(line).collect::<String>().into_bytes()
}

/// Nanoseconds of one call.
fn fastest<R>(mut call: impl FnMut() -> R) -> f64 {
    let calls = calls_a_batch(&mut call);
    let batches = (0..BATCHES).map(|_| time(&mut call, calls));
    batches.min().expect("some batches").as_secs_f64() * 1e9 / f64::from(calls)
}

fn calls_a_batch<R>(call: &mut impl FnMut() -> R) -> u32 {
    let mut calls = 1;
    while time(call, calls) < BATCH {
        calls *= 2;
    }
    calls
}

fn time<R>(call: &mut impl FnMut() -> R, calls: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    start.elapsed()
}

fn report(kernel: &str, size: u32, unit: &str, ns: f64) {
    println!(
        "{kernel:8} {size:>8} {unit}s  {ns:>12.0} ns  {:.3} ns/{unit}",
        ns / f64::from(size)
    );
}
