use super::classes::{Class, Classes};
use crate::{Checkpoint, Stop};

/// Bytes of a run of one class between two polls.
const BYTES_A_POLL: usize = 1 << 14;

/// The most numbers in a piece.
const MOST_NUMBERS: usize = 3;

/// Cuts a text into pieces, an alternative of the specification a function.
pub(super) struct Pieces<'a> {
    /// Valid UTF-8.
    text: &'a [u8],
    classes: &'a Classes,
    checkpoint: &'a Checkpoint<'a>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(
        text: &'a [u8],
        classes: &'a Classes,
        checkpoint: &'a Checkpoint<'a>,
    ) -> Self {
        Self {
            text,
            classes,
            checkpoint,
        }
    }

    /// The end of the piece that starts at `start`, where there is a character.
    pub(super) fn end(&self, start: usize) -> Result<usize, Stop> {
        let (class, second) = self.character(start);
        match class {
            Class::Letter => self.run(second, Class::Letter),
            Class::Number => Ok(self.numbers(second)),
            Class::LineEnd => self.white_space(start),
            Class::Space | Class::Other => self.led(start, class, second),
        }
    }

    /// The piece whose first character may stand in front of letters, or of others when it is a space.
    #[inline]
    fn led(&self, start: usize, class: Class, second: usize) -> Result<usize, Stop> {
        if self.text[start] == b'\''
            && let Some(len) = contraction(&self.text[second..])
        {
            return Ok(second + len);
        }
        let next = self.class(second);
        if next == Some(Class::Letter) {
            return self.run(second, Class::Letter);
        }
        if class == Class::Other || (self.text[start] == b' ' && next == Some(Class::Other)) {
            let end = self.run(second, Class::Other)?;
            return self.run(end, Class::LineEnd);
        }
        self.white_space(start)
    }

    /// The piece of white space that starts at `start`: up to its last line end; without one, up to its last character
    /// where something follows.
    fn white_space(&self, start: usize) -> Result<usize, Stop> {
        let (mut line_end, mut end) = (start, self.run(start, Class::Space)?);
        while self.class(end) == Some(Class::LineEnd) {
            line_end = self.run(end, Class::LineEnd)?;
            let next = self.run(line_end, Class::Space)?;
            if end / BYTES_A_POLL != next / BYTES_A_POLL {
                self.checkpoint.poll()?;
            }
            end = next;
        }
        if line_end > start {
            return Ok(line_end);
        }
        let last = self.last_character(end);
        let whole = end == self.text.len() || last == start;
        Ok(if whole { end } else { last })
    }

    /// Where the character in front of `end` starts.
    fn last_character(&self, end: usize) -> usize {
        let is_first = |byte: &u8| byte & 0xC0 != 0x80;
        self.text[..end].iter().rposition(is_first).unwrap_or(0)
    }

    fn numbers(&self, mut at: usize) -> usize {
        for _ in 1..MOST_NUMBERS {
            if self.class(at) != Some(Class::Number) {
                break;
            }
            at = self.character(at).1;
        }
        at
    }

    /// The end of the characters of `class` from `at` on.
    #[inline]
    fn run(&self, mut at: usize, class: Class) -> Result<usize, Stop> {
        loop {
            let pause = self.text.len().min(at + BYTES_A_POLL);
            while at < pause {
                let (found, next) = self.character(at);
                if found != class {
                    return Ok(at);
                }
                at = next;
            }
            if at >= self.text.len() {
                return Ok(at);
            }
            self.checkpoint.poll()?;
        }
    }

    fn class(&self, at: usize) -> Option<Class> {
        (at < self.text.len()).then(|| self.character(at).0)
    }

    /// The class of the character at `at`, and where the next one starts.
    #[inline]
    fn character(&self, at: usize) -> (Class, usize) {
        let lead = self.text[at];
        if lead.is_ascii() {
            return (self.classes.of_ascii(lead), at + 1);
        }
        let end = at + encoded_len(lead);
        let bits = self.text[at + 1..end]
            .iter()
            .fold(usize::from(lead), |bits, byte| {
                bits << 6 | usize::from(byte & 0x3F)
            });
        // Above the code point is what marks the first byte: a character of 2, 3, 4 bytes has 11, 16, 21 bits.
        let width = 5 * (end - at) + 1;
        (self.classes.of(bits & ((1 << width) - 1)), end)
    }
}

/// Bytes of a character by its first byte, 0xC2 or more.
#[inline]
fn encoded_len(lead: u8) -> usize {
    match lead {
        ..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

/// The length of the contraction behind an apostrophe, if `rest` starts with one.
fn contraction(rest: &[u8]) -> Option<usize> {
    let lower = |at: usize| rest.get(at).map(u8::to_ascii_lowercase);
    match (lower(0)?, lower(1)) {
        (b's' | b't' | b'm' | b'd', _) => Some(1),
        // U+017F folds to s.
        (0xC5, Some(0xBF)) | (b'r' | b'v', Some(b'e')) | (b'l', Some(b'l')) => Some(2),
        _ => None,
    }
}
