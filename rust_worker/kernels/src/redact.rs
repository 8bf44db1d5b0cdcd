//! The kernel redact; `protos/kernels/v1/redact.md` has the rules, a file of this folder a kind.
//!
//! A match can only start where a few bytes in a row look like one. [`Triggers`] finds such places 48 bytes at a time;
//! what stands there is then checked byte by byte against the rules of its kind. E-mail addresses are found by their `@`.

mod bearer;
mod card;
mod email;
mod ipv4;
mod ipv6;
mod key;
mod named;
mod octets;
mod text;
mod triggers;

use std::borrow::Cow;
use std::ops::Range;

use sidecar_wire::kernels_v1::{RedactRequest, RedactResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError, Stop};
use email::Emails;
use ipv6::Ipv6Starts;
use text::Text;
use triggers::{Triggers, WINDOW_BYTES};

/// Bytes between two polls. The worst texts known take some 8 ns a byte, so some 0.1 ms.
const BYTES_A_POLL: usize = 1 << 14;

/// Masks personal data and secrets in log bytes. `protos/kernels/v1/redact.md`.
#[derive(Clone, Copy, Debug)]
pub struct Redact;

impl Kernel for Redact {
    type Request<'a> = RedactRequest<'a>;
    type Response<'a> = RedactResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::REDACT
    }

    fn run<'a>(
        &self,
        request: RedactRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<RedactResponse<'a>, KernelError> {
        let text = match request.text {
            Cow::Borrowed(text) => redact(text, checkpoint)?,
            Cow::Owned(text) => redact(&text, checkpoint)?.into_owned().into(),
        };
        Ok(RedactResponse { text })
    }
}

/// The text masked; borrowed where there is nothing to mask.
///
/// # Errors
/// [`Stop`] when the checkpoint says so.
pub fn redact<'a>(text: &'a [u8], checkpoint: &Checkpoint<'_>) -> Result<Cow<'a, [u8]>, Stop> {
    let mut scan = Scan::new(text);
    for piece in (0..text.len()).step_by(BYTES_A_POLL) {
        checkpoint.poll()?;
        scan.advance(piece..text.len().min(piece + BYTES_A_POLL));
    }
    Ok(scan.finish())
}

/// A scan on its way through a text.
struct Scan<'a> {
    text: Text<'a>,
    masked: Cow<'a, [u8]>,
    /// Where a match may start: behind the one before.
    next: usize,
    emails: Emails<'a>,
    ipv6_starts: Ipv6Starts,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let text = Text(bytes);
        Self {
            text,
            masked: Cow::Borrowed(bytes),
            next: 0,
            emails: Emails::new(text),
            ipv6_starts: Ipv6Starts::default(),
        }
    }

    fn advance(&mut self, piece: Range<usize>) {
        for start in piece.clone().step_by(WINDOW_BYTES) {
            let end = piece.end.min(start + WINDOW_BYTES);
            for trigger in Triggers::find(self.text, start..end) {
                self.check(trigger);
            }
        }
    }

    /// Masks what is triggered at `trigger`. An e-mail address that starts no later goes first: no other kind's match
    /// starts before an address and triggers within it.
    #[inline]
    fn check(&mut self, trigger: usize) {
        self.mask_emails(trigger);
        if trigger < self.next {
            return;
        }
        let found = match self.text.at(trigger) {
            b'.' => ipv4::at_dot(self.text, trigger, self.next),
            b':' => self.ipv6_starts.at_colon(self.text, trigger, self.next),
            b'0'..=b'9' => card::at(self.text, trigger),
            b'b' | b'B' => bearer::at(self.text, trigger),
            b'k' | b'K' => named::at_k(self.text, trigger, self.next),
            _ => key::at(self.text, trigger),
        };
        if let Some(found) = found {
            self.mask(found);
        }
    }

    /// Masks the e-mail addresses that start no later than `last`.
    #[inline]
    fn mask_emails(&mut self, last: usize) {
        while let Some(email) = self.emails.first(self.next, last) {
            self.mask(email);
        }
    }

    fn mask(&mut self, found: Range<usize>) {
        self.next = found.end;
        self.masked.to_mut()[found].fill(b'*');
    }

    fn finish(mut self) -> Cow<'a, [u8]> {
        self.mask_emails(self.text.0.len());
        self.masked
    }
}
