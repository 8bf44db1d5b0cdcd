use std::ops::Range;

use super::octets::Octets;
use super::text::{HEX, Text, WORD};

/// Groups of 16 bits in an address.
const GROUPS: usize = 8;

/// Longest stretch of hex digits and colons in front of the first `::` or the fourth colon in a row.
const LONGEST_LEAD: usize = GROUPS * 5;

/// Remembers up to where starts have been tried, so that none is tried twice.
#[derive(Default)]
pub(super) struct Ipv6Starts {
    tried: usize,
}

impl Ipv6Starts {
    /// The first address that starts at `least` or behind it, and not behind the colon at `colon`.
    pub(super) fn at_colon(
        &mut self,
        text: Text<'_>,
        colon: usize,
        least: usize,
    ) -> Option<Range<usize>> {
        let mut start = colon;
        let first = least
            .max(self.tried)
            .max(colon.saturating_sub(LONGEST_LEAD));
        while start > first && (text.is(start - 1, HEX) || text.at(start - 1) == b':') {
            start -= 1;
        }
        self.tried = colon + 1;
        (start.max(first)..=colon).find_map(|start| Some(start..address(text, start)?))
    }
}

/// The end of the longest address that starts at `i`.
fn address(text: Text<'_>, i: usize) -> Option<usize> {
    let doubled = text.at(i) == b':';
    if text.is_behind(i, WORD) || (doubled && i > 0 && text.at(i - 1) == b':') {
        return None;
    }
    let mut address = Address {
        compressed: false,
        groups: 0,
        end: i,
        longest: None,
    };
    if doubled && !address.compress(text) {
        return None;
    }
    while address.groups < GROUPS && address.extend(text) {}
    address.longest
}

/// An address while it is read.
struct Address {
    /// `::` has been read.
    compressed: bool,
    groups: usize,
    end: usize,
    /// Where the longest whole address so far ends.
    longest: Option<usize>,
}

impl Address {
    /// Reads a `::`.
    fn compress(&mut self, text: Text<'_>) -> bool {
        if self.compressed || text.at(self.end) != b':' || text.at(self.end + 1) != b':' {
            return false;
        }
        self.compressed = true;
        self.end += 2;
        self.keep(text);
        true
    }

    /// Reads a group and the colon or the `::` behind it; false when the address cannot go on.
    fn extend(&mut self, text: Text<'_>) -> bool {
        let group_end = text.run(self.end, HEX);
        let length = group_end - self.end;
        if length == 0 || length > 4 {
            return false;
        }
        if text.at(group_end) == b'.' && self.extend_by_octets(text) {
            return false;
        }
        self.groups += 1;
        self.end = group_end;
        self.keep(text);
        if self.compress(text) {
            return true;
        }
        self.end += 1;
        text.at(group_end) == b':'
    }

    /// Reads the four octets that stand for the last two groups.
    fn extend_by_octets(&mut self, text: Text<'_>) -> bool {
        let Some(octets) = Octets::at(text, self.end).filter(|_| self.is_whole(self.groups + 2))
        else {
            return false;
        };
        self.longest = Some(octets.end);
        true
    }

    /// Keeps the address up to here when it is whole and nothing of a word follows.
    fn keep(&mut self, text: Text<'_>) {
        if self.is_whole(self.groups) && !text.is(self.end, WORD) {
            self.longest = Some(self.end);
        }
    }

    fn is_whole(&self, groups: usize) -> bool {
        if self.compressed {
            (1..GROUPS).contains(&groups)
        } else {
            groups == GROUPS
        }
    }
}
