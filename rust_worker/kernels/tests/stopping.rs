//! A deadline reaches every kernel within 10 ms of work, however large and strange the request.

mod random;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use random::SplitMix64;
use rustix::time::{ClockId, clock_gettime};
use sidecar_kernels::{Checkpoint, Inflate, Kernel, KernelError, Stop, Tokenize, Topk};
use sidecar_wire::kernels_v1::{InflateRequest, TokenizeRequest, TopkRequest};
use sidecar_wire::stamps::now_ns;

/// Without optimisation kernels are some 20 times slower.
const SIZE: usize = if cfg!(debug_assertions) {
    400_000
} else {
    4_000_000
};
const BOUND_NS: u64 = if cfg!(debug_assertions) {
    100_000_000
} else {
    10_000_000
};

/// What this thread has computed. Other than the time it does not grow while others have the processor.
fn computed_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).expect("not negative")
}

/// Runs with deadlines within the time that the whole takes; `run` gives the error.
fn stops_in_time(case: &str, run: impl Fn(&Checkpoint<'_>) -> Option<KernelError>) {
    let start = computed_ns();
    run(&Checkpoint::default());
    let whole = computed_ns() - start;
    for part in [0, 3, 7] {
        let allowed = whole / 10 * part;
        let start = computed_ns();
        let error = run(&Checkpoint {
            deadline_ns: now_ns() + allowed,
            cancel: None,
        });
        let over = (computed_ns() - start).saturating_sub(allowed);
        assert!(
            over < BOUND_NS,
            "{case}: {over} ns over {allowed} of {whole}"
        );
        if whole > 10 * BOUND_NS {
            assert_eq!(error, Some(KernelError::Stopped(Stop::Deadline)), "{case}");
        }
    }
}

#[test]
fn tokenize_stops_in_time() {
    let mut random = SplitMix64(5);
    let mut letters = || b"etaoinshrdlu"[random.below(12)];
    let word: Vec<u8> = (0..SIZE).map(|_| letters()).collect();
    let cases: [(&str, Vec<u8>); 10] = [
        ("one word of random letters", word),
        ("one letter", vec![b'a'; SIZE]),
        ("spaces", vec![b' '; SIZE]),
        ("spaces and line ends", b" \n\t\r".repeat(SIZE / 4)),
        ("digits", b"1234567890".repeat(SIZE / 10)),
        ("punctuation", b"=-=-!?<>".repeat(SIZE / 8)),
        (
            "prose",
            b"The quick brown fox jumps over it. ".repeat(SIZE / 35),
        ),
        ("a word of Chinese", "汉字".repeat(SIZE / 6).into()),
        ("emoji", "😀🏽‍".repeat(SIZE / 11).into()),
        (
            "no UTF-8 at the end",
            [vec![b'.'; SIZE - 1], vec![0xFF]].concat(),
        ),
    ];
    Tokenize.preload();
    for (case, text) in cases {
        stops_in_time(case, |checkpoint| {
            let request = TokenizeRequest {
                text: text.as_slice().into(),
                count_only: true,
            };
            Tokenize.run(request, checkpoint).err()
        });
    }
}

#[test]
fn topk_stops_in_time() {
    Topk.preload();
    let query = [1; 384];
    stops_in_time("most", |checkpoint| {
        let request = TopkRequest {
            query: query.as_slice().into(),
            k: 1000,
        };
        Topk.run(request, checkpoint).err()
    });
}

#[test]
fn inflate_stops_in_time() {
    let mut random = SplitMix64(6);
    let noise: Vec<u8> = (0..SIZE / 8)
        .flat_map(|_| random.next().to_le_bytes())
        .collect();
    let cases: [(&str, Vec<u8>); 5] = [
        ("a bomb", gzip(&vec![0; SIZE])),
        ("noise", gzip(&noise)),
        ("empty members", gzip(b"").repeat(SIZE / 20)),
        ("empty blocks", unended(&[0, 0, 0, 0xFF, 0xFF])),
        ("blocks of code tables only", unended(&tables())),
    ];
    for (case, data) in cases {
        stops_in_time(case, |checkpoint| {
            let request = InflateRequest {
                data: data.as_slice().into(),
                max_bytes: 0,
            };
            Inflate.run(request, checkpoint).err()
        });
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).expect("memory takes all");
    packed.finish().expect("memory takes all")
}

/// A member that never ends, of the same deflate blocks again and again.
fn unended(blocks: &[u8]) -> Vec<u8> {
    let header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    [&header, &blocks.repeat(SIZE / blocks.len())[..]].concat()
}

/// Eight blocks with code tables and no content, of 90 bits each (RFC 1951, 3.2.7): 18 code lengths, two of them used,
/// for 257 + 1 codes, of which the end of block and one distance have a bit.
fn tables() -> Vec<u8> {
    let mut lengths = [(0, 3); 18];
    lengths[2] = (1, 3);
    lengths[17] = (1, 3);
    let head = [(0, 1), (2, 2), (0, 5), (0, 5), (14, 4)];
    let zeros = [(1, 1), (127, 7), (1, 1), (107, 7)];
    let used_and_end = [(0, 1); 3];
    let block = [&head[..], &lengths, &zeros, &used_and_end].concat();
    let mut bits = block
        .repeat(8)
        .into_iter()
        .flat_map(|(value, width)| (0..width).map(move |bit: u32| u8::from(value >> bit & 1 == 1)));
    let mut bytes = Vec::new();
    while let Some(first) = bits.next() {
        let rest = bits.by_ref().take(7).zip(1..);
        bytes.push(rest.fold(first, |byte, (bit, place)| byte | bit << place));
    }
    bytes
}

#[test]
fn the_block_of_code_tables_is_valid() {
    let end = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    let data = [&header[..], &tables(), &end].concat();
    let request = InflateRequest {
        data: data.into(),
        max_bytes: 1,
    };
    let forever = Checkpoint::default();
    let answer = Inflate.run(request, &forever).expect("an empty content");
    assert!(answer.data.is_empty());
}
