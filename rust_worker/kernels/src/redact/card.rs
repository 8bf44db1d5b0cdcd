use std::ops::Range;

use super::text::{DIGIT, Text};

/// Digits in a payment card number.
const DIGITS: Range<usize> = 13..20;

/// Digits in the first group, and in each further one, at least.
const FIRST_GROUP: usize = 4;
const FURTHER_GROUP: usize = 3;

/// The payment card number that starts at `start`: the longest stretch of whole groups that is one.
pub(super) fn at(text: Text<'_>, start: usize) -> Option<Range<usize>> {
    if !text.starts_number(start) || text.at(start) < b'2' {
        return None;
    }
    let mut sum = Luhn::default();
    let mut longest = None;
    let mut end = start;
    let mut least = FIRST_GROUP;
    let mut separator = 0;
    loop {
        let group = end;
        while text.is(end, DIGIT) && sum.digits < DIGITS.end {
            sum.add(text.at(end));
            end += 1;
        }
        if end - group < least || sum.digits == DIGITS.end {
            return longest;
        }
        if sum.digits >= DIGITS.start && sum.is_valid() && text.ends_well(end) {
            longest = Some(start..end);
        }
        let next = text.at(end);
        if !(next == b' ' || next == b'-') || (separator != 0 && next != separator) {
            return longest;
        }
        separator = next;
        least = FURTHER_GROUP;
        end += 1;
    }
}

/// The check of ISO/IEC 7812-1 annex B, digit by digit from the left: which digits are doubled depends on how many
/// follow, so both sums are kept.
#[derive(Default)]
struct Luhn {
    digits: usize,
    /// The sum when the last digit is not doubled, and when it is.
    plain: u32,
    doubled: u32,
}

impl Luhn {
    fn add(&mut self, digit: u8) {
        let value = u32::from(digit - b'0');
        let twice = if value > 4 { 2 * value - 9 } else { 2 * value };
        (self.plain, self.doubled) = (self.doubled + value, self.plain + twice);
        self.digits += 1;
    }

    fn is_valid(&self) -> bool {
        self.plain.is_multiple_of(10)
    }
}
