use std::ops::Range;

use super::octets::Octets;
use super::text::{DIGIT, Text};

/// The address whose first dot is at `dot`, when it starts at `least` or behind it.
pub(super) fn at_dot(text: Text<'_>, dot: usize, least: usize) -> Option<Range<usize>> {
    let start = text.run_back(least.max(dot.saturating_sub(3)), dot, DIGIT);
    if !text.starts_number(start) {
        return None;
    }
    let octets = Octets::at(text, start)?;
    (!octets.look_like_a_version).then_some(start..octets.end)
}
