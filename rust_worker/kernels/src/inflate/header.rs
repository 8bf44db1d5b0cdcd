use flate2::Crc;

use super::CUT;
use crate::KernelError;

/// First bytes of a member, and the method deflate.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Bytes of the part that every header has.
const FIXED_BYTES: usize = 10;

const FHCRC: u8 = 1 << 1;
const FEXTRA: u8 = 1 << 2;
const FNAME: u8 = 1 << 3;
const FCOMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Bytes of a name or a comment with its zero byte.
const TEXT_BYTES: usize = 512;

/// The length of the member's header at the start of `data`.
pub(super) fn header_len(data: &[u8]) -> Result<usize, KernelError> {
    let fixed = data.first_chunk::<FIXED_BYTES>().ok_or(CUT)?;
    let flags = fixed[3];
    if !fixed.starts_with(&MAGIC) {
        return Err(KernelError::InvalidInput(
            "no gzip member starts where one should",
        ));
    }
    if flags & RESERVED != 0 {
        return Err(KernelError::InvalidInput(
            "a gzip header has a reserved flag",
        ));
    }
    let mut len = FIXED_BYTES;
    if flags & FEXTRA != 0 {
        len += 2 + usize::from(u16_at(data, len)?);
    }
    for flag in [FNAME, FCOMMENT] {
        if flags & flag != 0 {
            len += text_len(data.get(len..).ok_or(CUT)?)?;
        }
    }
    if flags & FHCRC != 0 {
        check(data.get(..len).ok_or(CUT)?, u16_at(data, len)?)?;
        len += 2;
    }
    if len > data.len() {
        return Err(CUT);
    }
    Ok(len)
}

fn u16_at(data: &[u8], at: usize) -> Result<u16, KernelError> {
    let bytes = data.get(at..).and_then(<[u8]>::first_chunk).ok_or(CUT)?;
    Ok(u16::from_le_bytes(*bytes))
}

/// The length of the name or comment at the start of `data`, with its zero byte.
fn text_len(data: &[u8]) -> Result<usize, KernelError> {
    let within = &data[..data.len().min(TEXT_BYTES)];
    match memchr::memchr(0, within) {
        Some(end) => Ok(end + 1),
        None if within.len() == TEXT_BYTES => Err(KernelError::InvalidInput(
            "a name or comment in a gzip header is over 511 bytes",
        )),
        None => Err(CUT),
    }
}

fn check(header: &[u8], low_half: u16) -> Result<(), KernelError> {
    let mut crc = Crc::new();
    crc.update(header);
    if crc.sum() & 0xFFFF == u32::from(low_half) {
        return Ok(());
    }
    Err(KernelError::InvalidInput("a gzip header's CRC differs"))
}
