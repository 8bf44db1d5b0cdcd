//! The read buffer of one connection and the body that is being filled beside it.

use std::io::{self, IoSliceMut};

/// Bytes of the buffer at most.
const FULL_CAPACITY: usize = 256 * 1024;

/// What a read that filled the buffer multiplies it by.
const GROWTH: usize = 4;

/// Bytes that were read and not yet parsed: `bytes[start..end]`.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// The last read filled the buffer.
    filled: bool,
}

impl Inbox {
    /// `first_capacity` is the size of the buffer until a read has filled it.
    pub(super) fn new(first_capacity: usize) -> Self {
        Self {
            bytes: vec![0; first_capacity],
            ..Self::default()
        }
    }

    /// What waits to be parsed.
    #[inline]
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Marks the first `count` bytes as parsed.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Reads once, first into `body` and what is over into the buffer. Gives the bytes that went into the body,
    /// the bytes that went into the buffer, and whether there may be more to read.
    pub(super) fn read(
        &mut self,
        body: &mut [u8],
        read: impl FnOnce(&mut [IoSliceMut<'_>]) -> io::Result<usize>,
    ) -> io::Result<Taken> {
        self.make_room();
        let wanted = body.len();
        let spare = &mut self.bytes[self.end..];
        let offered = wanted + spare.len();
        let count = match wanted {
            0 => read(&mut [IoSliceMut::new(spare)])?,
            _ => read(&mut [IoSliceMut::new(body), IoSliceMut::new(spare)])?,
        };
        let into_body = count.min(wanted);
        self.end += count - into_body;
        let all = count == offered;
        self.filled = all;
        Ok(Taken {
            into_body,
            count,
            all,
        })
    }

    /// Sees to it that half of the buffer is free: what is left moves to the front, and a buffer that was filled grows.
    fn make_room(&mut self) {
        if self.filled && self.bytes.len() < FULL_CAPACITY {
            let grown = FULL_CAPACITY.min(GROWTH * self.bytes.len());
            self.bytes.resize(grown, 0);
        }
        if self.bytes.len() - self.end < self.bytes.len() / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }
}

/// What one read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Bytes that went into the body.
    pub(super) into_body: usize,
    /// Bytes in all; 0 is the connection's end.
    pub(super) count: usize,
    /// Every offered byte was filled, so there may be more.
    pub(super) all: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `source` as a socket would, `step` bytes at most.
    fn read_from(
        source: &[u8],
        step: usize,
    ) -> impl FnOnce(&mut [IoSliceMut<'_>]) -> io::Result<usize> {
        move |slices| {
            let mut left = &source[..source.len().min(step)];
            let offered = left.len();
            for slice in slices {
                let part = left.len().min(slice.len());
                slice[..part].copy_from_slice(&left[..part]);
                left = &left[part..];
            }
            Ok(offered - left.len())
        }
    }

    #[test]
    fn what_is_over_a_body_goes_into_the_buffer() {
        let mut inbox = Inbox::new(64 * 1024);
        let mut body = [0; 3];
        let taken = inbox
            .read(&mut body, read_from(b"abcdef", 6))
            .expect("read");
        assert_eq!((taken.into_body, taken.count, taken.all), (3, 6, false));
        assert_eq!((&body, inbox.unread()), (b"abc", &b"def"[..]));
    }

    #[test]
    fn bytes_come_out_in_order_whatever_the_pieces() {
        let source: Vec<u8> = (0..400_000u32).map(|at| at.to_le_bytes()[1]).collect();
        let (mut inbox, mut at, mut out) = (Inbox::new(64 * 1024), 0, Vec::new());
        while out.len() < source.len() {
            let step = 1 + (at * 7919) % 90_000;
            let taken = inbox
                .read(&mut [], read_from(&source[at..], step))
                .expect("read");
            at += taken.count;
            let parsed = inbox.unread().len().min(60_001);
            out.extend_from_slice(&inbox.unread()[..parsed]);
            inbox.consume(parsed);
            assert!(inbox.bytes.len() <= FULL_CAPACITY);
        }
        assert!(out == source);
    }
}
