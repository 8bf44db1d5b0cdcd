//! What redact promises beyond its vectors.

mod common;

use std::borrow::Cow;
use std::sync::atomic::AtomicU32;

use common::{bytes, unhex, vectors};
use sidecar_kernels::{Checkpoint, Stop, redact};

fn masked(text: &[u8]) -> Vec<u8> {
    redact(text, &Checkpoint::default())
        .expect("no deadline")
        .into_owned()
}

fn texts() -> Vec<Vec<u8>> {
    vectors("redact")
        .iter()
        .map(|(_, vector)| bytes(&vector["request"]["fields"]["text"]))
        .collect()
}

/// The kernel looks at windows of 48 bytes; where in a window a match stands must not show.
#[test]
fn an_answer_does_not_depend_on_where_its_text_stands() {
    for text in texts().iter().filter(|text| text.len() < 1024) {
        let expected = masked(text);
        for lead in 0..=100 {
            let around = [vec![b'\n'; lead], text.clone(), vec![b'\n'; 100 - lead]].concat();
            let found = masked(&around);
            assert!(
                found[lead..lead + text.len()] == expected,
                "{lead} bytes in front of {:?}",
                text.escape_ascii()
            );
        }
    }
}

#[test]
fn what_has_nothing_to_mask_is_not_copied() {
    let text = b"2026-11-23T13:48:38Z INFO ready in 12.5 ms, see https://example.com/a".repeat(100);
    assert!(matches!(
        redact(&text, &Checkpoint::default()),
        Ok(Cow::Borrowed(_))
    ));
}

#[test]
fn a_long_text_stops_at_a_checkpoint() {
    let text = vec![b'x'; 1 << 20];
    let flag = AtomicU32::new(1);
    let cancelled = Checkpoint {
        deadline_ns: 0,
        cancel: Some(&flag),
    };
    let late = Checkpoint {
        deadline_ns: 1,
        cancel: None,
    };
    assert_eq!(redact(&text, &cancelled), Err(Stop::Cancelled));
    assert_eq!(redact(&text, &late), Err(Stop::Deadline));
}

/// Driven by tests/contract/test_redact_agrees.py, which writes lines of a text and the oracle's answer in hex.
#[test]
fn random_texts_are_answered_as_the_oracle_does() {
    let Some(path) = std::env::var_os("SIDECAR_REDACT_CASES") else {
        eprintln!(
            "SIDECAR_REDACT_CASES is not set; `pytest tests/contract/test_redact_agrees.py` sets it"
        );
        return;
    };
    let cases = std::fs::read_to_string(path).expect("readable cases");
    for line in cases.lines() {
        let (text, answer) = line.split_once(' ').expect("a text and an answer");
        let (text, answer) = (unhex(text), unhex(answer));
        let found = masked(&text);
        assert_eq!(
            found.escape_ascii().to_string(),
            answer.escape_ascii().to_string(),
            "{}",
            text.escape_ascii()
        );
    }
}
