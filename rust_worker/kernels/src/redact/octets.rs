use super::text::{DIGIT, Text};

/// Four octets in decimal, joined by dots.
pub(super) struct Octets {
    pub(super) end: usize,
    /// The last three are zero, as in a browser's version.
    pub(super) look_like_a_version: bool,
}

impl Octets {
    /// The four octets that start at `i` and end well.
    pub(super) fn at(text: Text<'_>, i: usize) -> Option<Self> {
        let (_, mut end) = octet(text, i)?;
        let mut look_like_a_version = true;
        for _ in 0..3 {
            if text.at(end) != b'.' {
                return None;
            }
            let (value, next) = octet(text, end + 1)?;
            look_like_a_version &= value == 0;
            end = next;
        }
        text.ends_well(end).then_some(Self {
            end,
            look_like_a_version,
        })
    }
}

/// Value and end of the run of one to three digits at `i` that is at most 255.
fn octet(text: Text<'_>, i: usize) -> Option<(u16, usize)> {
    let mut value = 0;
    let mut end = i;
    while text.is(end, DIGIT) {
        if end == i + 3 {
            return None;
        }
        value = value * 10 + u16::from(text.at(end) - b'0');
        end += 1;
    }
    (end > i && value <= 255).then_some((value, end))
}
