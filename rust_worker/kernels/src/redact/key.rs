use std::ops::Range;

use super::text::{KEY, Text, WORD};

/// How keys of well-known services begin, and how many bytes follow at least.
const BEGINNINGS: &[(&[u8], usize)] = &[
    (b"AKIA", 16),
    (b"ASIA", 16),
    (b"AIza", 35),
    (b"ghp_", 30),
    (b"gho_", 30),
    (b"ghu_", 30),
    (b"ghs_", 30),
    (b"ghr_", 30),
    (b"github_pat_", 22),
    (b"glpat-", 20),
    (b"sk-", 20),
    (b"sk_live_", 16),
    (b"sk_test_", 16),
    (b"rk_live_", 16),
    (b"rk_test_", 16),
    (b"xoxa-", 10),
    (b"xoxb-", 10),
    (b"xoxp-", 10),
    (b"xoxr-", 10),
    (b"xoxs-", 10),
];

/// The key that starts at `start`. No beginning is the beginning of another, so at most one fits.
pub(super) fn at(text: Text<'_>, start: usize) -> Option<Range<usize>> {
    if text.is_behind(start, WORD) {
        return None;
    }
    let rest = text.0.get(start..)?;
    let (beginning, least) = BEGINNINGS
        .iter()
        .find(|(beginning, _)| rest.starts_with(beginning))?;
    let body = start + beginning.len();
    let end = text.run(body, KEY);
    (end - body >= *least).then_some(start..end)
}
