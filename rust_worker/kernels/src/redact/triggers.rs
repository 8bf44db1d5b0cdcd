use std::ops::Range;

use wide::u8x16;

use super::text::Text;

/// Bytes in which one round looks for triggers.
pub(super) const WINDOW_BYTES: usize = 48;

/// Bytes of a lane, and lanes of a window: with one byte in front and 15 behind, a bit of a `u64` for each.
const LANE: usize = 16;
const LANES: usize = 4;

/// Bytes that a round reads: the window and up to 2 behind its last lane, rounded up.
const READ_BYTES: usize = LANE * (LANES + 1);

/// The bits of the window itself, behind the byte in front.
const OWN: u64 = ((1 << WINDOW_BYTES) - 1) << 1;

/// The places in a window where a match may be triggered, in order. It may hold places without a match; it lacks none.
pub(super) struct Triggers {
    bits: u64,
    /// The place that bit 0 stands for.
    start: usize,
}

impl Triggers {
    /// Looks at `window`, at most [`WINDOW_BYTES`].
    #[inline]
    pub(super) fn find(text: Text<'_>, window: Range<usize>) -> Self {
        let own = OWN & ((2 << window.len()) - 1);
        let bits = match text
            .0
            .get(window.start.wrapping_sub(1)..)
            .and_then(<[u8]>::first_chunk)
        {
            Some(bytes) => places(bytes),
            None => places(&padded(text, window.start)),
        };
        Self {
            bits: (bits & own) >> 1,
            start: window.start,
        }
    }
}

impl Iterator for Triggers {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.bits == 0 {
            return None;
        }
        let place = self.start + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
    }
}

/// What a round reads, with NUL bytes in front of the text and behind it.
fn padded(text: Text<'_>, start: usize) -> [u8; READ_BYTES] {
    let mut bytes = [0; READ_BYTES];
    let (from, skip) = if start == 0 { (0, 1) } else { (start - 1, 0) };
    let rest = &text.0[from..];
    let length = rest.len().min(READ_BYTES - skip);
    bytes[skip..skip + length].copy_from_slice(&rest[..length]);
    bytes
}

/// A bit for each byte of a lane or of a window.
#[derive(Default)]
struct Bits {
    word: u64,
    digit: u64,
    dot: u64,
    colon: u64,
    separator: u64,
    /// How a word begins that may be `bearer` or a key.
    beginning: u64,
    /// The `k` of `key`.
    name: u64,
}

#[inline]
fn places(bytes: &[u8; READ_BYTES]) -> u64 {
    let mut bits = Bits::default();
    for lane in 0..LANES {
        bits.add_lane(bytes, lane * LANE);
    }
    let starts = bits.word & !(bits.word << 1);
    bits.ipv4()
        | bits.ipv6()
        | bits.card(starts)
        | bits.beginning & starts
        | bits.name & !(bits.word >> 3)
}

impl Bits {
    #[inline]
    fn add_lane(&mut self, bytes: &[u8; READ_BYTES], lane: usize) {
        let at = |distance: usize| load(bytes, lane + distance);
        let here = at(0);
        let digit = between(here, b'0', b'9');
        let word = digit | between(lower(here), b'a', b'z') | is(here, b'_');
        let put = |bits: &mut u64, found: u8x16| *bits |= u64::from(found.to_bitmask()) << lane;
        put(&mut self.digit, digit);
        put(&mut self.word, word);
        put(&mut self.dot, is(here, b'.'));
        put(&mut self.colon, is(here, b':'));
        put(&mut self.separator, is(here, b' ') | is(here, b'-'));
        put(&mut self.beginning, beginning(at));
        put(&mut self.name, name(at));
    }

    /// The first of three dots that have a digit on both sides, two to four bytes apart.
    #[inline]
    fn ipv4(&self) -> u64 {
        let dots = self.dot & (self.digit << 1) & (self.digit >> 1);
        let two = dots & (dots >> 2 | dots >> 3 | dots >> 4);
        dots & (two >> 2 | two >> 3 | two >> 4)
    }

    /// The first of two colons side by side, or of four that are two to five bytes apart.
    #[inline]
    fn ipv6(&self) -> u64 {
        let apart =
            |colons: u64| self.colon & (colons >> 2 | colons >> 3 | colons >> 4 | colons >> 5);
        self.colon & (self.colon >> 1) | apart(apart(apart(self.colon)))
    }

    /// The first of four digits that start a word and a stretch of at least 13 digits and separators.
    #[inline]
    fn card(&self, starts: u64) -> u64 {
        let two = self.digit & self.digit >> 1;
        let stretch = self.digit | self.separator;
        let stretch = stretch & stretch >> 1;
        let stretch = stretch & stretch >> 2;
        let stretch = stretch & stretch >> 4;
        starts & two & two >> 2 & stretch & stretch >> 5
    }
}

/// `be`; any byte and `k`; `A` with an `I` near; `gh`, `gi` or `gl`; `xo`.
#[inline]
fn beginning(at: impl Fn(usize) -> u8x16) -> u8x16 {
    let (first, second) = (at(0), at(1));
    let be = is(lower(first), b'b') & is(lower(second), b'e');
    let a = is(first, b'A') & (is(second, b'I') | is(at(2), b'I'));
    let g = is(first, b'g') & (is(second | u8x16::splat(1), b'i') | is(second, b'l'));
    let x = is(first, b'x') & is(second, b'o');
    be | is(lower(second), b'k') | a | g | x
}

#[inline]
fn name(at: impl Fn(usize) -> u8x16) -> u8x16 {
    is(lower(at(0)), b'k') & is(lower(at(1)), b'e') & is(lower(at(2)), b'y')
}

#[inline]
fn load(bytes: &[u8; READ_BYTES], i: usize) -> u8x16 {
    let mut lane = [0; LANE];
    lane.copy_from_slice(&bytes[i..i + LANE]);
    u8x16::from(lane)
}

/// Letters in lower case. Other bytes change too; no byte that is no letter becomes one.
#[inline]
fn lower(bytes: u8x16) -> u8x16 {
    bytes | u8x16::splat(0x20)
}

#[inline]
fn is(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(byte))
}

#[inline]
fn between(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    let distance = bytes - u8x16::splat(first);
    distance.min(u8x16::splat(last - first)).simd_eq(distance)
}
