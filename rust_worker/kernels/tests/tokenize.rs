//! What tokenize promises beyond its vectors.

#[path = "common/hex.rs"]
mod hex;
mod random;

use hex::unhex;
use random::SplitMix64;
use regex_syntax::hir::{Class, ClassUnicode, HirKind};
use sidecar_kernels::{Checkpoint, Kernel, Tokenize};
use sidecar_wire::kernels_v1::TokenizeRequest;

fn tokens(text: &str) -> Vec<u32> {
    let request = |count_only| TokenizeRequest {
        text: text.as_bytes().into(),
        count_only,
    };
    let forever = Checkpoint::default();
    let response = Tokenize.run(request(false), &forever).expect("an answer");
    let counted = Tokenize.run(request(true), &forever).expect("an answer");
    assert_eq!((response.count, counted.ids.len()), (counted.count, 0));
    assert_eq!(response.count as usize, response.ids.len());
    response.ids.iter().collect()
}

/// What texts are made of: things that a rule of tokenize.md tells apart, and words that share tokens with others.
const PARTS: [&str; 64] = [
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    " \n",
    "\n ",
    "\u{85}",
    "\u{A0}",
    "\u{2003}",
    "\u{2028}",
    "\u{3000}",
    "\u{B}",
    "\u{1C}",
    "\u{200B}",
    "'",
    "''",
    "’",
    "'s",
    "'S",
    "'ſ",
    "'t",
    "'re",
    "'RE",
    "'ve",
    "'m",
    "'ll",
    "'lL",
    "'d",
    "'l",
    "'r",
    "'K",
    "a",
    "A",
    "the",
    "The",
    "tion",
    "ing",
    "hello",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "Ǆ",
    "ſ",
    "日本語",
    "汉",
    "한국어",
    "русский",
    "العربية",
    "हिन्दी",
    "😀",
    "👩‍👩‍👧",
    "0",
    "12",
    "345",
    "½",
    "Ⅷ",
    "٣",
    "<|endoftext|>",
    "=\"/>",
];

fn text(random: &mut SplitMix64, newer: &ClassUnicode) -> String {
    let parts = 1 + random.below(24);
    (0..parts).map(|_| any(random, newer)).collect()
}

/// Letters and numbers that tiktoken-rs knows and Unicode 15.0 does not.
fn newer() -> ClassUnicode {
    let set = regex_syntax::parse(r"[[\p{L}\p{N}]--\p{Age:15.0}]").expect("a class");
    match set.into_kind() {
        HirKind::Class(Class::Unicode(set)) => set,
        other => panic!("{other:?} is no class"),
    }
}

/// Mostly a part, else any character up to the end of what Unicode 15.0 has letters in.
fn any(random: &mut SplitMix64, newer: &ClassUnicode) -> String {
    if random.below(4) > 0 {
        return PARTS[random.below(PARTS.len())].to_owned();
    }
    let bound = [0x80, 0x800, 0x1_0000, 0x3_23B0][random.below(4)];
    let code_point = random.below(bound);
    let is_newer = |&char: &char| {
        let ranges = newer.ranges().iter();
        ranges
            .map(|range| range.start()..=range.end())
            .any(|range| range.contains(&char))
    };
    char::from_u32(u32::try_from(code_point).expect("small"))
        .filter(|char| !is_newer(char))
        .map_or_else(String::new, String::from)
}

/// tiktoken-rs has the pattern in its other form.
#[test]
fn random_texts_have_the_tokens_of_tiktoken() {
    let tiktoken = tiktoken_rs::cl100k_base().expect("its vocabulary");
    let (newer, mut random) = (newer(), SplitMix64(11));
    for _ in 0..20_000 {
        let text = text(&mut random, &newer);
        assert_eq!(tokens(&text), tiktoken.encode_ordinary(&text), "{text:?}");
    }
}

#[test]
fn long_pieces_have_the_tokens_of_tiktoken() {
    let tiktoken = tiktoken_rs::cl100k_base().expect("its vocabulary");
    let mut random = SplitMix64(12);
    for alphabet in [
        "a",
        "ab",
        "etaoin",
        "abcdefghijklmnopqrstuvwxyz",
        "=-",
        "é汉",
        " ",
        " \n",
        "aA",
    ] {
        let letters: Vec<char> = alphabet.chars().collect();
        for len in [100, 127, 128, 129, 1000, 10_000] {
            let text: String = (0..len)
                .map(|_| letters[random.below(letters.len())])
                .collect();
            assert_eq!(
                tokens(&text),
                tiktoken.encode_ordinary(&text),
                "{len} of {alphabet:?}"
            );
        }
    }
}

/// Driven by tests/contract/test_tokenize_agrees.py, which writes lines of a text in hex and the oracle's ids.
#[test]
fn random_texts_are_tokenized_as_the_oracle_does() {
    let Some(path) = std::env::var_os("SIDECAR_TOKENIZE_CASES") else {
        eprintln!(
            "SIDECAR_TOKENIZE_CASES is not set; `pytest tests/contract/test_tokenize_agrees.py` sets it"
        );
        return;
    };
    let cases = std::fs::read_to_string(path).expect("readable cases");
    assert!(!cases.is_empty());
    for line in cases.lines() {
        let (text, ids) = line.split_once(' ').unwrap_or((line, ""));
        let text = String::from_utf8(unhex(text)).expect("UTF-8");
        let ids: Vec<u32> = ids
            .split_whitespace()
            .map(|id| id.parse().expect("an id"))
            .collect();
        assert_eq!(tokens(&text), ids, "{text:?}");
    }
}
