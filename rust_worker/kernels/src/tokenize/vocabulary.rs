use std::hash::BuildHasher as _;
use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A line a token: base64, a space, its rank. `protos/kernels/v1/tokenize.md`. A copy, so that the crate builds alone.
const FILE: &[u8] = include_bytes!("cl100k_base.tiktoken.gz");

/// The rank of what is no token, above that of every token.
pub(super) const NONE: u32 = u32::MAX;

/// Tokens by their bytes. A token's id is its rank.
pub(super) struct Vocabulary {
    // A table of ids over one run of bytes takes a quarter of the cache that a map of boxed keys does.
    ids: HashTable<u32>,
    tokens: Tokens,
    /// Ids of the single bytes.
    singles: [u32; 256],
    /// Ids of every two bytes.
    pairs: Box<[u32]>,
}

/// The tokens in order of their ids.
struct Tokens {
    bytes: Vec<u8>,
    /// Where each starts, and at last where the last ends.
    starts: Vec<u32>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let tokens = Tokens::new();
        let mut ids = HashTable::with_capacity(tokens.count() as usize);
        let mut singles = [NONE; 256];
        let mut pairs = vec![NONE; 1 << 16].into_boxed_slice();
        for id in 0..tokens.count() {
            match *tokens.token(id) {
                [byte] => singles[usize::from(byte)] = id,
                [first, second] => pairs[pair(first, second)] = id,
                ref bytes => {
                    ids.insert_unique(hash(bytes), id, |&id| hash(tokens.token(id)));
                }
            }
        }
        Self {
            ids,
            tokens,
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
            _ => self
                .ids
                .find(hash(bytes), |&id| self.tokens.token(id) == bytes)
                .copied()
                .unwrap_or(NONE),
        }
    }
}

impl Tokens {
    fn new() -> Self {
        let mut lines = String::new();
        GzDecoder::new(FILE)
            .read_to_string(&mut lines)
            .expect("the vocabulary is gzip");
        let mut tokens = Self {
            bytes: Vec::new(),
            starts: vec![0],
        };
        for line in lines.lines() {
            let (token, rank) = line.split_once(' ').expect("a token and its rank");
            assert_eq!(rank.parse(), Ok(tokens.count()), "ranks in order");
            tokens.push(token);
        }
        tokens
    }

    fn push(&mut self, base64: &str) {
        STANDARD
            .decode_vec(base64, &mut self.bytes)
            .expect("base64");
        let end = u32::try_from(self.bytes.len()).expect("a small vocabulary");
        self.starts.push(end);
    }

    fn count(&self) -> u32 {
        u32::try_from(self.starts.len() - 1).expect("a small vocabulary")
    }

    #[inline]
    fn token(&self, id: u32) -> &[u8] {
        let at = id as usize;
        &self.bytes[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

#[inline]
fn hash(bytes: &[u8]) -> u64 {
    FxBuildHasher.hash_one(bytes)
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}
