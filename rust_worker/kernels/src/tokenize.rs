//! The kernel tokenize; `protos/kernels/v1/tokenize.md` has the rules.
//!
//! `pieces` cuts the text by the `classes` of its characters. A piece that is in the `vocabulary` is a token; the bytes
//! of any other are joined by `merge`.

mod classes;
mod merge;
mod pieces;
mod vocabulary;

use std::sync::OnceLock;

use sidecar_wire::Packed;
use sidecar_wire::kernels_v1::{TokenizeRequest, TokenizeResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError, Stop};
use classes::Classes;
use merge::Merger;
use pieces::Pieces;
use vocabulary::{NONE, Vocabulary};

/// Bytes of text between two polls: those that are no tokens take some 0.1 µs each, so some 0.4 ms.
const BYTES_A_POLL: usize = 1 << 12;

/// Bytes that are checked to be UTF-8 between two polls.
const CHECKED_A_POLL: usize = 1 << 14;

/// Counts or lists the cl100k_base tokens of a text. `protos/kernels/v1/tokenize.md`.
#[derive(Clone, Copy, Debug)]
pub struct Tokenize;

impl Kernel for Tokenize {
    type Request<'a> = TokenizeRequest<'a>;
    type Response<'a> = TokenizeResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::TOKENIZE
    }

    fn run<'a>(
        &self,
        request: TokenizeRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<TokenizeResponse<'a>, KernelError> {
        check_utf8(&request.text, checkpoint)?;
        let ids = Resident::get().tokens(&request.text, checkpoint)?;
        Ok(TokenizeResponse {
            count: u32::try_from(ids.len()).expect("a token has a byte, a message less than 2^32"),
            ids: if request.count_only {
                Packed::default()
            } else {
                Packed::from_slice(&ids)
            },
        })
    }

    /// Not before the vocabulary is there: to load it takes milliseconds.
    fn is_cheap(&self, _: &TokenizeRequest<'_>, encoded_len: usize) -> bool {
        RESIDENT.get().is_some() && encoded_len <= lists::TOKENIZE.cheap_up_to_bytes
    }

    fn preload(&self) {
        Resident::get();
    }
}

fn check_utf8(text: &[u8], checkpoint: &Checkpoint<'_>) -> Result<(), KernelError> {
    let mut rest = text;
    while !rest.is_empty() {
        checkpoint.poll()?;
        let piece = &rest[..rest.len().min(CHECKED_A_POLL)];
        rest = match std::str::from_utf8(piece) {
            Ok(_) => &rest[piece.len()..],
            // A character is cut by the end of the piece, not by that of the text.
            Err(error) if error.error_len().is_none() && piece.len() < rest.len() => {
                &rest[error.valid_up_to()..]
            }
            Err(_) => return Err(KernelError::InvalidInput("the text is not UTF-8")),
        };
    }
    Ok(())
}

/// What stays loaded.
struct Resident {
    classes: Classes,
    vocabulary: Vocabulary,
}

static RESIDENT: OnceLock<Resident> = OnceLock::new();

impl Resident {
    /// That of this process, loaded on first use, which other callers wait for.
    fn get() -> &'static Self {
        RESIDENT.get_or_init(|| Self {
            classes: Classes::new(),
            vocabulary: Vocabulary::new(),
        })
    }

    fn tokens(&self, text: &[u8], checkpoint: &Checkpoint<'_>) -> Result<Vec<u32>, Stop> {
        let pieces = Pieces::new(text, &self.classes, checkpoint);
        let mut merger = Merger::new(&self.vocabulary, checkpoint);
        let mut ids = Vec::new();
        let (mut at, mut next_poll) = (0, 0);
        while at < text.len() {
            if at >= next_poll {
                checkpoint.poll()?;
                next_poll = at + BYTES_A_POLL;
            }
            let end = pieces.end(at)?;
            match self.vocabulary.rank(&text[at..end]) {
                NONE => merger.merge(&text[at..end], &mut ids)?,
                id => ids.push(id),
            }
            at = end;
        }
        Ok(ids)
    }
}
