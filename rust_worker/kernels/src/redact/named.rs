use std::ops::Range;

use super::text::Text;

/// The value behind the name whose `key` is at `k`, when the name starts at `least` or behind it.
pub(super) fn at_k(text: Text<'_>, k: usize, least: usize) -> Option<Range<usize>> {
    let behind_api = if k > 0 && matches!(text.at(k - 1), b'_' | b'-') {
        k - 1
    } else {
        k
    };
    let start = behind_api.checked_sub(3).filter(|start| *start >= least)?;
    if !text.has_letters(k, b"key") || !text.has_letters(start, b"api") {
        return None;
    }
    let sign = gap(text, k + 3);
    if !matches!(text.at(sign), b'=' | b':') {
        return None;
    }
    text.token(gap(text, sign + 1))
}

/// The end of the quotes, backslashes and spaces at `i`.
fn gap(text: Text<'_>, mut i: usize) -> usize {
    while matches!(text.at(i), b' ' | b'"' | b'\'' | b'\\') {
        i += 1;
    }
    i
}
