use std::ops::Range;

use memchr::{memchr, memrchr};

use super::text::{HOST, LETTER, LOCAL, Text};

/// The e-mail addresses of a text, one at a time, found by their `@`.
pub(super) struct Emails<'a> {
    text: Text<'a>,
    /// Where no `@` has been looked at yet.
    unseen: usize,
    /// The address in front of `unseen`; at its end an empty one behind the text.
    found: Range<usize>,
}

impl<'a> Emails<'a> {
    pub(super) fn new(text: Text<'a>) -> Self {
        let mut emails = Self {
            text,
            unseen: 0,
            found: 0..0,
        };
        emails.find(0);
        emails
    }

    /// The first address that starts at `least` or behind it, when it starts no later than `limit`.
    #[inline]
    pub(super) fn first(&mut self, least: usize, limit: usize) -> Option<Range<usize>> {
        if self.found.start > limit {
            return None;
        }
        if self.found.start < least {
            self.find(least);
        }
        (self.found.start <= limit && !self.found.is_empty()).then(|| self.found.clone())
    }

    fn find(&mut self, least: usize) {
        self.unseen = self.unseen.max(least);
        while let Some(distance) = memchr(b'@', &self.text.0[self.unseen..]) {
            let sign = self.unseen + distance;
            self.unseen = sign + 1;
            if let Some(found) = around(self.text, sign, least) {
                self.found = found;
                return;
            }
        }
        self.unseen = self.text.0.len();
        self.found = self.unseen..self.unseen;
    }
}

/// The address around the `@` at `sign`, when it starts at `least` or behind it.
fn around(text: Text<'_>, sign: usize, least: usize) -> Option<Range<usize>> {
    let start = text.run_back(least, sign, LOCAL);
    if start == sign || text.is_behind(start, LOCAL) {
        return None;
    }
    let run = &text.0[sign + 1..text.run(sign + 1, HOST)];
    let cut = run.iter().rposition(|byte| !matches!(byte, b'.' | b'-'))? + 1;
    has_dot_and_letters(text, sign + 1..sign + 1 + cut).then_some(start..sign + 1 + cut)
}

/// Whether a dot with two letters behind it stands in the host, not at its very start.
fn has_dot_and_letters(text: Text<'_>, host: Range<usize>) -> bool {
    let mut end = host.end;
    while let Some(distance) = memrchr(b'.', &text.0[host.start + 1..end]) {
        let dot = host.start + 1 + distance;
        if dot + 2 < host.end && text.is(dot + 1, LETTER) && text.is(dot + 2, LETTER) {
            return true;
        }
        end = dot;
    }
    false
}
