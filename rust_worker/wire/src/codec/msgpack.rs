//! What the generated msgpack codecs call; `protos/CODEC.md` has the rules.

use crate::malformed::{At, Problem};
use crate::packed::{Fixed, Packed};

mod form {
    pub const FALSE: u8 = 0xc2;
    pub const TRUE: u8 = 0xc3;
    pub const BIN8: u8 = 0xc4;
    pub const BIN16: u8 = 0xc5;
    pub const BIN32: u8 = 0xc6;
    pub const FLOAT32: u8 = 0xca;
    pub const FLOAT64: u8 = 0xcb;
    pub const UINT8: u8 = 0xcc;
    pub const UINT16: u8 = 0xcd;
    pub const UINT32: u8 = 0xce;
    pub const UINT64: u8 = 0xcf;
    pub const INT8: u8 = 0xd0;
    pub const INT16: u8 = 0xd1;
    pub const INT32: u8 = 0xd2;
    pub const INT64: u8 = 0xd3;
    pub const ARRAY16: u8 = 0xdc;
    pub const ARRAY32: u8 = 0xdd;
}

/// Appends a form byte and what follows it.
#[inline]
fn put<const N: usize>(out: &mut Vec<u8>, form: u8, bytes: [u8; N]) {
    out.push(form);
    out.extend_from_slice(&bytes);
}

/// The last bytes of a number that fits them, big-endian.
#[inline]
fn low<const N: usize>(value: u64) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&value.to_be_bytes()[8 - N..]);
    bytes
}

#[inline]
pub fn put_array(out: &mut Vec<u8>, values: u16) {
    match values {
        0..16 => out.push(0x90 | values.to_le_bytes()[0]),
        _ => put(out, form::ARRAY16, values.to_be_bytes()),
    }
}

pub const fn array_len(values: u16) -> usize {
    if values < 16 { 1 } else { 3 }
}

#[inline]
pub fn put_uint(out: &mut Vec<u8>, value: impl Into<u64>) {
    let value = value.into();
    match value {
        0..0x80 => out.push(value.to_le_bytes()[0]),
        0x80..0x100 => put(out, form::UINT8, low::<1>(value)),
        0x100..0x1_0000 => put(out, form::UINT16, low::<2>(value)),
        0x1_0000..0x1_0000_0000 => put(out, form::UINT32, low::<4>(value)),
        _ => put(out, form::UINT64, low::<8>(value)),
    }
}

#[inline]
pub fn uint_len(value: impl Into<u64>) -> usize {
    match value.into() {
        0..0x80 => 1,
        0x80..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

pub fn put_int(out: &mut Vec<u8>, value: impl Into<i64>) {
    let value = value.into();
    let bits = value.cast_unsigned();
    match value {
        0.. => put_uint(out, bits),
        -0x20..0 => out.push(bits.to_le_bytes()[0]),
        -0x80..-0x20 => put(out, form::INT8, low::<1>(bits)),
        -0x8000..-0x80 => put(out, form::INT16, low::<2>(bits)),
        -0x8000_0000..-0x8000 => put(out, form::INT32, low::<4>(bits)),
        _ => put(out, form::INT64, low::<8>(bits)),
    }
}

pub fn int_len(value: impl Into<i64>) -> usize {
    let value = value.into();
    match value {
        0.. => uint_len(value.cast_unsigned()),
        -0x20..0 => 1,
        -0x80..-0x20 => 2,
        -0x8000..-0x80 => 3,
        -0x8000_0000..-0x8000 => 5,
        _ => 9,
    }
}

pub fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { form::TRUE } else { form::FALSE });
}

pub fn put_float(out: &mut Vec<u8>, value: f32) {
    put(out, form::FLOAT32, value.to_be_bytes());
}

pub fn put_double(out: &mut Vec<u8>, value: f64) {
    put(out, form::FLOAT64, value.to_be_bytes());
}

/// Appends the smallest of `bin 8/16/32`; `bytes` are shorter than 4 GiB.
#[inline]
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = bytes.len() as u64;
    match length {
        0..0x100 => put(out, form::BIN8, low::<1>(length)),
        0x100..0x1_0000 => put(out, form::BIN16, low::<2>(length)),
        _ => put(out, form::BIN32, low::<4>(length)),
    }
    out.extend_from_slice(bytes);
}

#[inline]
pub const fn bytes_len(bytes: &[u8]) -> usize {
    match bytes.len() {
        0..0x100 => 2 + bytes.len(),
        0x100..0x1_0000 => 3 + bytes.len(),
        _ => 5 + bytes.len(),
    }
}

/// A number as its form has it.
enum Integer {
    Unsigned(u64),
    Signed(i64),
}

/// Reads the values of one message in field order; past the last one it gives zero values.
#[expect(missing_debug_implementations, reason = "it would show payload bytes")]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    left: u32,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Result<Self, At> {
        let mut reader = Reader {
            bytes,
            offset: 0,
            left: 0,
        };
        let (form, start) = reader.form()?;
        reader.left = match form {
            0x90..=0x9f => u32::from(form & 0x0f),
            form::ARRAY16 => u32::from(u16::from_be_bytes(reader.array()?)),
            form::ARRAY32 => u32::from_be_bytes(reader.array()?),
            _ => return Err((Problem::Array, start)),
        };
        Ok(reader)
    }

    /// Skips values that this version does not know, and refuses bytes after the end.
    pub fn end(mut self) -> Result<(), At> {
        while self.next() {
            self.skip()?;
        }
        if self.offset == self.bytes.len() {
            Ok(())
        } else {
            Err((Problem::Trailing, self.offset))
        }
    }

    #[inline]
    pub fn u64(&mut self) -> Result<u64, At> {
        match self.fixint() {
            Some(value) => Ok(value.into()),
            None => self.number(),
        }
    }

    #[inline]
    pub fn u32(&mut self) -> Result<u32, At> {
        match self.fixint() {
            Some(value) => Ok(value.into()),
            None => self.number(),
        }
    }

    pub fn i64(&mut self) -> Result<i64, At> {
        self.number()
    }

    pub fn i32(&mut self) -> Result<i32, At> {
        self.number()
    }

    #[inline]
    pub fn bool(&mut self) -> Result<bool, At> {
        if !self.next() {
            return Ok(false);
        }
        match self.form()? {
            (form::TRUE, _) => Ok(true),
            (form::FALSE, _) => Ok(false),
            (_, start) => Err((Problem::Form, start)),
        }
    }

    pub fn f32(&mut self) -> Result<f32, At> {
        if !self.next() {
            return Ok(0.0);
        }
        match self.form()? {
            (form::FLOAT32, _) => Ok(f32::from_be_bytes(self.array()?)),
            (_, start) => Err((Problem::Form, start)),
        }
    }

    pub fn f64(&mut self) -> Result<f64, At> {
        if !self.next() {
            return Ok(0.0);
        }
        match self.form()? {
            (form::FLOAT64, _) => Ok(f64::from_be_bytes(self.array()?)),
            (_, start) => Err((Problem::Form, start)),
        }
    }

    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], At> {
        if !self.next() {
            return Ok(&[]);
        }
        let (form, start) = self.form()?;
        self.bin(form)?.ok_or((Problem::Form, start))
    }

    pub fn packed<T: Fixed>(&mut self) -> Result<Packed<'a, T>, At> {
        let start = self.offset;
        Packed::from_bytes(self.bytes()?).map_err(|problem| (problem, start))
    }

    /// Counts a value; false when there is none left.
    #[inline]
    fn next(&mut self) -> bool {
        let more = self.left > 0;
        self.left -= u32::from(more);
        more
    }

    /// The first byte of a value and where it stood.
    #[inline]
    fn form(&mut self) -> Result<(u8, usize), At> {
        let start = self.offset;
        let form = *self.bytes.get(start).ok_or((Problem::Truncated, start))?;
        self.offset += 1;
        Ok((form, start))
    }

    /// The value where it is a number below 128, as most are.
    #[inline]
    fn fixint(&mut self) -> Option<u8> {
        let value = *self.bytes.get(self.offset)?;
        let is_one = self.left > 0 && value < 0x80;
        self.left -= u32::from(is_one);
        self.offset += usize::from(is_one);
        is_one.then_some(value)
    }

    fn number<T: Default + TryFrom<u64> + TryFrom<i64>>(&mut self) -> Result<T, At> {
        if !self.next() {
            return Ok(T::default());
        }
        let (form, start) = self.form()?;
        let value = match self.integer(form)?.ok_or((Problem::Form, start))? {
            Integer::Unsigned(value) => T::try_from(value).ok(),
            Integer::Signed(value) => T::try_from(value).ok(),
        };
        value.ok_or((Problem::Range, start))
    }

    /// A number of any width and sign, or None for a form that is no number.
    fn integer(&mut self, form: u8) -> Result<Option<Integer>, At> {
        use Integer::{Signed, Unsigned};
        Ok(Some(match form {
            0..0x80 => Unsigned(form.into()),
            0xe0.. => Signed(form.cast_signed().into()),
            form::UINT8 => Unsigned(u8::from_be_bytes(self.array()?).into()),
            form::UINT16 => Unsigned(u16::from_be_bytes(self.array()?).into()),
            form::UINT32 => Unsigned(u32::from_be_bytes(self.array()?).into()),
            form::UINT64 => Unsigned(u64::from_be_bytes(self.array()?)),
            form::INT8 => Signed(i8::from_be_bytes(self.array()?).into()),
            form::INT16 => Signed(i16::from_be_bytes(self.array()?).into()),
            form::INT32 => Signed(i32::from_be_bytes(self.array()?).into()),
            form::INT64 => Signed(i64::from_be_bytes(self.array()?)),
            _ => return Ok(None),
        }))
    }

    /// The content of a bin, or None for a form that is no bin.
    #[inline]
    fn bin(&mut self, form: u8) -> Result<Option<&'a [u8]>, At> {
        let length = match form {
            form::BIN8 => u32::from(u8::from_be_bytes(self.array()?)),
            form::BIN16 => u32::from(u16::from_be_bytes(self.array()?)),
            form::BIN32 => u32::from_be_bytes(self.array()?),
            _ => return Ok(None),
        };
        self.take(length as usize).map(Some)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], At> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..length).ok_or((Problem::PastEnd, self.offset))?;
        self.offset += length;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], At> {
        let rest = &self.bytes[self.offset..];
        let array = rest
            .first_chunk::<N>()
            .ok_or((Problem::Truncated, self.offset))?;
        self.offset += N;
        Ok(*array)
    }

    fn skip(&mut self) -> Result<(), At> {
        let (form, start) = self.form()?;
        let known = match form {
            form::TRUE | form::FALSE => true,
            form::FLOAT32 => self.array::<4>().map(|_| true)?,
            form::FLOAT64 => self.array::<8>().map(|_| true)?,
            form::BIN8..=form::BIN32 => self.bin(form)?.is_some(),
            _ => self.integer(form)?.is_some(),
        };
        if known {
            Ok(())
        } else {
            Err((Problem::Unknown, start))
        }
    }
}
