use std::ops::Range;

use super::text::{Text, WORD};

const NAME: &[u8] = b"bearer";

/// The token behind the word `bearer` at `start`.
pub(super) fn at(text: Text<'_>, start: usize) -> Option<Range<usize>> {
    let mut token = start + NAME.len();
    if text.is_behind(start, WORD) || !text.has_letters(start, NAME) || text.at(token) != b' ' {
        return None;
    }
    while text.at(token) == b' ' {
        token += 1;
    }
    text.token(token)
}
