//! What the generated raw codecs call; `protos/CODEC.md` has the rules.

use crate::malformed::{At, Problem};
use crate::packed::{Fixed, Packed};

#[inline]
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a content at the next multiple of 8, counted from `start`, where the message began.
#[inline]
pub fn put_content(out: &mut Vec<u8>, start: usize, content: &[u8]) {
    out.resize(start + aligned(out.len() - start), 0);
    out.extend_from_slice(content);
}

/// The end of a content that begins at the next multiple of 8.
#[inline]
pub const fn content_end(offset: usize, length: usize) -> usize {
    aligned(offset) + length
}

const fn aligned(offset: usize) -> usize {
    offset.next_multiple_of(8)
}

/// Reads the scalars and then the contents of one message in field order.
#[expect(missing_debug_implementations, reason = "it would show payload bytes")]
pub struct Reader<'a> {
    bytes: &'a [u8],
    scalar: usize,
    length: usize,
    offset: usize,
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8], scalars: usize, contents: usize) -> Result<Self, At> {
        let head = 8 * (scalars + contents);
        if bytes.len() < head {
            return Err((Problem::Truncated, bytes.len()));
        }
        Ok(Reader {
            bytes,
            scalar: 0,
            length: 8 * scalars,
            offset: head,
        })
    }

    pub const fn end(self) -> Result<(), At> {
        if self.offset == self.bytes.len() {
            Ok(())
        } else {
            Err((Problem::Trailing, self.offset))
        }
    }

    #[inline]
    pub fn u64(&mut self) -> Result<u64, At> {
        let value = self.word(self.scalar)?;
        self.scalar += 8;
        Ok(value)
    }

    #[inline]
    pub fn u32(&mut self) -> Result<u32, At> {
        let value = self.u64()?;
        value.try_into().map_err(|_| self.range())
    }

    pub fn i64(&mut self) -> Result<i64, At> {
        Ok(self.u64()?.cast_signed())
    }

    pub fn i32(&mut self) -> Result<i32, At> {
        let value = self.i64()?;
        value.try_into().map_err(|_| self.range())
    }

    #[inline]
    pub fn bool(&mut self) -> Result<bool, At> {
        match self.u64()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.range()),
        }
    }

    pub fn f32(&mut self) -> Result<f32, At> {
        Ok(f32::from_bits(self.u32()?))
    }

    pub fn f64(&mut self) -> Result<f64, At> {
        Ok(f64::from_bits(self.u64()?))
    }

    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], At> {
        let past_end = (Problem::PastEnd, self.length);
        let length = usize::try_from(self.word(self.length)?).map_err(|_| past_end)?;
        self.length += 8;
        let start = aligned(self.offset);
        let gap = self
            .bytes
            .get(self.offset..start)
            .ok_or((Problem::Truncated, self.bytes.len()))?;
        if gap.iter().any(|&byte| byte != 0) {
            return Err((Problem::Gap, self.offset));
        }
        let content = self.bytes[start..].get(..length).ok_or(past_end)?;
        self.offset = start + length;
        Ok(content)
    }

    pub fn packed<T: Fixed>(&mut self) -> Result<Packed<'a, T>, At> {
        let start = self.length;
        Packed::from_bytes(self.bytes()?).map_err(|problem| (problem, start))
    }

    #[inline]
    fn word(&self, at: usize) -> Result<u64, At> {
        let word = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        word.map(|word| u64::from_le_bytes(*word))
            .ok_or((Problem::Truncated, at))
    }

    const fn range(&self) -> At {
        (Problem::Range, self.scalar - 8)
    }
}
