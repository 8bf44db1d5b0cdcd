//! The kernel inflate; `protos/kernels/v1/inflate.md` has the rules, `header` those of a member's header.

mod header;

use std::ops::Range;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use sidecar_wire::kernels_v1::{InflateRequest, InflateResponse};
use sidecar_wire::lists::{self, KernelSpec};

use crate::{Checkpoint, Kernel, KernelError};
use header::header_len;

/// What a bound of 0 stands for, and the largest bound.
const MOST_BYTES: usize = 4_000_000;

/// Content between two polls: some 0.1 ms.
const CONTENT_A_POLL: usize = 1 << 16;

/// Data between two polls: less than content, since blocks of nothing but code tables take far longer a byte.
const DATA_A_POLL: usize = 1 << 12;

const CUT: KernelError = KernelError::InvalidInput("the data ends inside a gzip member");

/// Gunzip with a bound. `protos/kernels/v1/inflate.md`.
#[derive(Clone, Copy, Debug)]
pub struct Inflate;

impl Kernel for Inflate {
    type Request<'a> = InflateRequest<'a>;
    type Response<'a> = InflateResponse<'a>;

    fn spec(&self) -> &KernelSpec {
        &lists::INFLATE
    }

    fn run<'a>(
        &self,
        request: InflateRequest<'a>,
        checkpoint: &'a Checkpoint<'_>,
    ) -> Result<InflateResponse<'a>, KernelError> {
        let bound = bound(request.max_bytes)?;
        let data = inflate(&request.data, bound, checkpoint)?;
        Ok(InflateResponse { data: data.into() })
    }
}

fn bound(max_bytes: u64) -> Result<usize, KernelError> {
    match usize::try_from(max_bytes) {
        Ok(0) => Ok(MOST_BYTES),
        Ok(bound @ 1..=MOST_BYTES) => Ok(bound),
        _ => Err(KernelError::InvalidInput("max_bytes is over 4,000,000")),
    }
}

/// The contents of all members of `data`, at most `bound` bytes.
///
/// # Errors
/// [`KernelError::InvalidInput`] for what is not gzip or too long, [`KernelError::Stopped`] when the checkpoint says so.
fn inflate(data: &[u8], bound: usize, checkpoint: &Checkpoint<'_>) -> Result<Vec<u8>, KernelError> {
    let mut unpacking = Unpacking::new(data, bound);
    unpacking.member(checkpoint)?;
    while !unpacking.rest.is_empty() {
        unpacking.member(checkpoint)?;
    }
    Ok(unpacking.finish())
}

/// Members on their way out of the data.
struct Unpacking<'a> {
    rest: &'a [u8],
    bound: usize,
    /// Content up to `len`, room behind it.
    content: Vec<u8>,
    len: usize,
    deflate: Decompress,
}

impl<'a> Unpacking<'a> {
    fn new(data: &'a [u8], bound: usize) -> Self {
        Self {
            rest: data,
            bound,
            // Zeroed memory from the system costs nothing until it is written, so a data that lies about its length
            // gains nothing.
            content: vec![0; promised_len(data).min(bound) + 1],
            len: 0,
            deflate: Decompress::new(false),
        }
    }

    fn member(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), KernelError> {
        self.rest = &self.rest[header_len(self.rest)?..];
        self.deflate.reset(false);
        let start = self.len;
        let mut crc = Crc::new();
        loop {
            checkpoint.poll()?;
            let before = self.len;
            let status = self.piece()?;
            crc.update(&self.content[before..self.len]);
            if status == Status::StreamEnd {
                break;
            }
        }
        self.trailer(crc.sum(), self.len - start)
    }

    /// Unpacks what fits between two polls.
    fn piece(&mut self) -> Result<Status, KernelError> {
        let room = self.room();
        let room = &mut self.content[room];
        let data = &self.rest[..self.rest.len().min(DATA_A_POLL)];
        let before = (self.deflate.total_in(), self.deflate.total_out());
        let status = self
            .deflate
            .decompress(data, room, FlushDecompress::None)
            .map_err(|_| KernelError::InvalidInput("the deflate data breaks RFC 1951"))?;
        let read = length(self.deflate.total_in() - before.0);
        let written = length(self.deflate.total_out() - before.1);
        self.rest = &self.rest[read..];
        self.len += written;
        if self.len > self.bound {
            return Err(KernelError::InvalidInput(
                "the content is longer than max_bytes",
            ));
        }
        if read + written == 0 && status != Status::StreamEnd {
            return Err(CUT);
        }
        Ok(status)
    }

    /// Where the next content goes: up to one byte more than the bound, since a full answer must still come to the end
    /// of its deflate data and a longer one must show.
    fn room(&mut self) -> Range<usize> {
        if self.len == self.content.len() {
            let grown = (2 * self.len).max(CONTENT_A_POLL).min(self.bound + 1);
            self.content.resize(grown, 0);
        }
        self.len..self.content.len().min(self.len + CONTENT_A_POLL)
    }

    fn trailer(&mut self, crc: u32, len: usize) -> Result<(), KernelError> {
        let found_crc = self.number()?;
        let found_len = self.number()?;
        // The length is modulo 2^32, which the bound is below.
        if found_crc != crc || found_len as usize != len {
            return Err(KernelError::InvalidInput(
                "the CRC or the length of a gzip member differs",
            ));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u32, KernelError> {
        let (number, rest) = self.rest.split_first_chunk().ok_or(CUT)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*number))
    }

    fn finish(mut self) -> Vec<u8> {
        self.content.truncate(self.len);
        self.content
    }
}

/// What the last member says of its length: most often the length of the answer.
fn promised_len(data: &[u8]) -> usize {
    data.last_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
}

/// Of a part of a slice.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a part of a slice")
}
