use std::ops::Range;

/// A class of ASCII bytes; `redact.md` lists them.
#[derive(Clone, Copy)]
pub(super) struct Class(u8);

pub(super) const DIGIT: Class = Class(1);
pub(super) const LETTER: Class = Class(1 << 1);
pub(super) const HEX: Class = Class(1 << 2);
pub(super) const WORD: Class = Class(1 << 3);
pub(super) const LOCAL: Class = Class(1 << 4);
pub(super) const HOST: Class = Class(1 << 5);
pub(super) const TOKEN: Class = Class(1 << 6);
pub(super) const KEY: Class = Class(1 << 7);

/// The classes of each byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let everywhere = WORD.0 | LOCAL.0 | HOST.0 | TOKEN.0 | KEY.0;
    table = add(table, b"0123456789", DIGIT.0 | HEX.0 | everywhere);
    table = add(table, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", LETTER.0 | everywhere);
    table = add(table, b"abcdefghijklmnopqrstuvwxyz", LETTER.0 | everywhere);
    table = add(table, b"ABCDEFabcdef", HEX.0);
    table = add(table, b"_", WORD.0 | LOCAL.0 | TOKEN.0 | KEY.0);
    table = add(table, b".", LOCAL.0 | HOST.0 | TOKEN.0);
    table = add(table, b"-", LOCAL.0 | HOST.0 | TOKEN.0 | KEY.0);
    table = add(table, b"%", LOCAL.0);
    table = add(table, b"+", LOCAL.0 | TOKEN.0);
    add(table, b"~/", TOKEN.0)
}

const fn add(mut table: [u8; 256], bytes: &[u8], classes: u8) -> [u8; 256] {
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] |= classes;
        i += 1;
    }
    table
}

/// The original text, which every rule speaks of.
#[derive(Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a [u8]);

impl Text<'_> {
    /// The byte at `i`; a NUL, which is in no class, behind the end.
    #[inline]
    pub(super) fn at(self, i: usize) -> u8 {
        self.0.get(i).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn is(self, i: usize, class: Class) -> bool {
        CLASSES[self.at(i) as usize] & class.0 != 0
    }

    /// True when the byte before `i` is of the class.
    #[inline]
    pub(super) fn is_behind(self, i: usize, class: Class) -> bool {
        i > 0 && self.is(i - 1, class)
    }

    /// The end of the run of a class that starts at `i`.
    #[inline]
    pub(super) fn run(self, i: usize, class: Class) -> usize {
        let mut end = i;
        while self.is(end, class) {
            end += 1;
        }
        end
    }

    /// The start of the run of a class that ends at `end`, at `least` or behind it.
    #[inline]
    pub(super) fn run_back(self, least: usize, end: usize, class: Class) -> usize {
        let mut start = end;
        while start > least && self.is(start - 1, class) {
            start -= 1;
        }
        start
    }

    /// True when the bytes from `i` are `lower`, letters in any case.
    #[inline]
    pub(super) fn has_letters(self, i: usize, lower: &[u8]) -> bool {
        self.0
            .get(i..i + lower.len())
            .is_some_and(|bytes| bytes.eq_ignore_ascii_case(lower))
    }

    /// Whether a number may start at `i`: before is not WORD and not a dot.
    #[inline]
    pub(super) fn starts_number(self, i: usize) -> bool {
        i == 0 || !(self.is(i - 1, WORD) || self.at(i - 1) == b'.')
    }

    /// Whether a number that ends at `end` ends well.
    #[inline]
    pub(super) fn ends_well(self, end: usize) -> bool {
        let goes_on = self.at(end) == b'.' && self.is(end + 1, DIGIT);
        !(self.is(end, WORD) || goes_on)
    }

    /// The secret that starts at `i`: a run of TOKEN of at least 8 bytes and the padding behind it.
    pub(super) fn token(self, i: usize) -> Option<Range<usize>> {
        let mut end = self.run(i, TOKEN);
        if end - i < 8 {
            return None;
        }
        while self.at(end) == b'=' {
            end += 1;
        }
        Some(i..end)
    }
}
