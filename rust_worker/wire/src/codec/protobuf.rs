//! What the generated protobuf codecs call, over prost's encoding primitives; bytes are borrowed.

use prost::DecodeError;
use prost::encoding::{
    DecodeContext, WireType, decode_key, decode_varint, encode_key, encode_varint, skip_field,
};

use crate::malformed::{At, Problem};
use crate::packed::{Fixed, Packed};

/// Reads the fields of one message; a caller asks for a key, then takes or skips the value.
#[expect(missing_debug_implementations, reason = "it would show payload bytes")]
pub struct Reader<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, rest: bytes }
    }

    /// The next field's number and wire type, or None at the end.
    #[inline]
    pub fn key(&mut self) -> Result<Option<(u32, WireType)>, At> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.wire(decode_key).map(Some)
    }

    /// A value by one of prost's `merge` functions.
    #[inline]
    pub fn scalar<T: Default>(
        &mut self,
        wire_type: WireType,
        merge: fn(WireType, &mut T, &mut &'a [u8], DecodeContext) -> Result<(), DecodeError>,
    ) -> Result<T, At> {
        let mut value = T::default();
        self.wire(|rest| merge(wire_type, &mut value, rest, DecodeContext::default()))?;
        Ok(value)
    }

    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], At> {
        let start = self.offset();
        let length = self.wire(decode_varint)?;
        let length = usize::try_from(length).map_err(|_| (Problem::PastEnd, start))?;
        self.take(length).ok_or((Problem::PastEnd, start))
    }

    /// Appends the elements of one packed chunk.
    pub fn chunk<T: Fixed>(&mut self, elements: &mut Packed<'a, T>) -> Result<(), At> {
        let start = self.offset();
        elements
            .append(self.bytes()?)
            .map_err(|problem| (problem, start))
    }

    /// Appends one element that was not packed.
    pub fn element<T: Fixed>(&mut self, elements: &mut Packed<'a, T>) -> Result<(), At> {
        let start = self.offset();
        let bytes = self.take(T::WIDTH).ok_or((Problem::Truncated, start))?;
        elements.append(bytes).map_err(|problem| (problem, start))
    }

    /// Passes over a field that this version does not know.
    pub fn skip(&mut self, number: u32, wire_type: WireType) -> Result<(), At> {
        self.wire(|rest| skip_field(wire_type, number, rest, DecodeContext::default()))
    }

    const fn offset(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    #[inline]
    fn wire<T>(
        &mut self,
        read: impl FnOnce(&mut &'a [u8]) -> Result<T, DecodeError>,
    ) -> Result<T, At> {
        let start = self.offset();
        read(&mut self.rest).map_err(|_| (Problem::Wire, start))
    }
}

/// Appends a field of bytes.
#[inline]
pub fn put_bytes(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// How many bytes [`put_bytes`] appends.
#[inline]
pub const fn bytes_len(number: u32, bytes: &[u8]) -> usize {
    let length = bytes.len();
    prost::encoding::key_len(number) + prost::encoding::encoded_len_varint(length as u64) + length
}
