use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::vocabulary::{NONE, Vocabulary};
use crate::{Checkpoint, Stop};

/// Bytes, or joins, between two polls: some 0.5 ms.
const STEPS_A_POLL: usize = 1 << 12;

/// Joins the bytes of pieces to tokens. Its memory, some 20 bytes a byte of the longest piece, is kept for the next.
pub(super) struct Merger<'a> {
    vocabulary: &'a Vocabulary,
    checkpoint: &'a Checkpoint<'a>,
    /// Length of the part that starts at a byte; 0 where none does.
    from: Vec<u8>,
    /// Length of the part that ends with a byte, where one does.
    upto: Vec<u8>,
    waiting: BinaryHeap<Reverse<Join>>,
}

/// Two neighbours whose bytes are a token, in one number that is lower the better: the token's rank, the first byte's
/// place, and in the lowest 8 bits how many bytes they are, at most the 128 of the longest token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Join(u64);

impl Join {
    fn new(rank: u32, start: usize, len: u8) -> Self {
        Self(u64::from(rank) << 40 | (start as u64) << 8 | u64::from(len))
    }

    fn start(self) -> usize {
        (self.0 >> 8 & 0xFFFF_FFFF) as usize
    }

    fn len(self) -> u8 {
        (self.0 & 0xFF) as u8
    }
}

impl<'a> Merger<'a> {
    pub(super) fn new(vocabulary: &'a Vocabulary, checkpoint: &'a Checkpoint<'a>) -> Self {
        Self {
            vocabulary,
            checkpoint,
            from: Vec::new(),
            upto: Vec::new(),
            waiting: BinaryHeap::new(),
        }
    }

    /// Appends the tokens of `piece` to `ids`.
    pub(super) fn merge(&mut self, piece: &[u8], ids: &mut Vec<u32>) -> Result<(), Stop> {
        self.start(piece)?;
        let mut joins = 0;
        while let Some(Reverse(join)) = self.waiting.pop() {
            self.join(piece, join);
            joins += 1;
            if joins % STEPS_A_POLL == 0 {
                self.checkpoint.poll()?;
            }
        }
        self.tokens(piece, ids)
    }

    /// Every byte is a part; every pair that is a token waits.
    fn start(&mut self, piece: &[u8]) -> Result<(), Stop> {
        for parts in [&mut self.from, &mut self.upto] {
            parts.clear();
            parts.resize(piece.len(), 1);
        }
        let mut waiting = std::mem::take(&mut self.waiting).into_vec();
        waiting.clear();
        for at in 0..piece.len() - 1 {
            if at % STEPS_A_POLL == STEPS_A_POLL - 1 {
                self.checkpoint.poll()?;
            }
            let rank = self.vocabulary.rank(&piece[at..at + 2]);
            if rank != NONE {
                waiting.push(Reverse(Join::new(rank, at, 2)));
            }
        }
        self.waiting = waiting.into();
        Ok(())
    }

    /// Joins two parts, unless one of them was joined with another since.
    fn join(&mut self, piece: &[u8], join: Join) {
        let (start, end) = (join.start(), join.start() + usize::from(join.len()));
        let middle = start + usize::from(self.from[start]);
        if middle == start || middle >= end || middle + usize::from(self.from[middle]) != end {
            return;
        }
        self.from[middle] = 0;
        self.from[start] = join.len();
        self.upto[end - 1] = join.len();
        if start > 0 {
            self.offer(piece, start - usize::from(self.upto[start - 1]), end);
        }
        if end < piece.len() {
            self.offer(piece, start, end + usize::from(self.from[end]));
        }
    }

    /// Lets the parts between `start` and `end`, of which there are two, wait if they are a token together.
    fn offer(&mut self, piece: &[u8], start: usize, end: usize) {
        let rank = self.vocabulary.rank(&piece[start..end]);
        if let (Ok(len), true) = (u8::try_from(end - start), rank != NONE) {
            self.waiting.push(Reverse(Join::new(rank, start, len)));
        }
    }

    fn tokens(&self, piece: &[u8], ids: &mut Vec<u32>) -> Result<(), Stop> {
        let (mut at, mut next_poll) = (0, STEPS_A_POLL);
        while at < piece.len() {
            let end = at + usize::from(self.from[at]);
            ids.push(self.vocabulary.rank(&piece[at..end]));
            if end > next_poll {
                self.checkpoint.poll()?;
                next_poll = end + STEPS_A_POLL;
            }
            at = end;
        }
        Ok(())
    }
}
