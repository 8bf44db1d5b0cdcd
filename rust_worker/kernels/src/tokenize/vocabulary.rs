use std::collections::HashMap;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use rustc_hash::FxBuildHasher;

/// A line a token: base64, a space, its rank. `protos/kernels/v1/tokenize.md`.
const FILE: &[u8] = include_bytes!("../../../../protos/kernels/v1/cl100k_base.tiktoken.gz");

/// The rank of what is no token, above that of every token.
pub(super) const NONE: u32 = u32::MAX;

/// Ranks, which are ids too, by the bytes of their tokens.
pub(super) struct Vocabulary {
    ranks: HashMap<Box<[u8]>, u32, FxBuildHasher>,
    /// Of the single bytes.
    singles: [u32; 256],
    /// Of every two bytes.
    pairs: Box<[u32]>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut lines = String::new();
        GzDecoder::new(FILE)
            .read_to_string(&mut lines)
            .expect("the vocabulary is gzip");
        let ranks: HashMap<_, _, _> = lines.lines().map(token).collect();
        let mut singles = [NONE; 256];
        let mut pairs = vec![NONE; 1 << 16].into_boxed_slice();
        for (token, &rank) in &ranks {
            match **token {
                [byte] => singles[usize::from(byte)] = rank,
                [first, second] => pairs[pair(first, second)] = rank,
                _ => {}
            }
        }
        Self {
            ranks,
            singles,
            pairs,
        }
    }

    /// The rank of the token with these bytes; [`NONE`] where there is none.
    #[inline]
    pub(super) fn rank(&self, bytes: &[u8]) -> u32 {
        match *bytes {
            [byte] => self.singles[usize::from(byte)],
            [first, second] => self.pairs[pair(first, second)],
            _ => self.ranks.get(bytes).copied().unwrap_or(NONE),
        }
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

fn token(line: &str) -> (Box<[u8]>, u32) {
    let (token, rank) = line.split_once(' ').expect("a token and its rank");
    let bytes = STANDARD.decode(token).expect("base64");
    (bytes.into(), rank.parse().expect("a rank"))
}
