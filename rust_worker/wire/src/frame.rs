//! The 16 bytes that stand before every frame (protos/FRAME.md), and the rules that make one well formed.

use thiserror::Error;

use crate::lists::{FLAG_MORE, FrameType};

/// Bytes before a frame's header: length, type, flags, header length, call id.
pub const PREFIX_LEN: usize = 16;

/// What `length` counts besides header and payload.
const COUNTED_PREFIX: usize = 12;

/// Bytes a ping carries at most.
const MAX_PING_BYTES: usize = 64;

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sends calls and cancels.
    Client,
    /// Sends replies.
    Worker,
}

/// The first 16 bytes of a frame, read and found to keep the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// What the frame is.
    pub kind: FrameType,
    /// Further frames of the same call follow.
    pub more: bool,
    /// Bytes of msgpack header.
    pub header_len: usize,
    /// Bytes of payload.
    pub payload_len: usize,
    /// The call, or 0.
    pub call_id: u64,
}

/// Why a connection can't go on: nobody knows where the next frame starts, or the peer broke a rule of FRAME.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProtocolError {
    /// `length` does not hold the prefix and the header.
    #[error("a frame of length {length} can't hold its header of {header} bytes")]
    TooShort {
        /// The length field.
        length: usize,
        /// The header field.
        header: usize,
    },
    /// `length` is over what the reader announced.
    #[error("a frame of length {length} is over the limit of {limit} bytes")]
    TooLong {
        /// The length field.
        length: usize,
        /// The announced `max_frame_bytes`.
        limit: usize,
    },
    /// No frame type has this number.
    #[error("unknown frame type {0}")]
    UnknownType(u8),
    /// A flag that no list has, or one that this frame can't carry.
    #[error("flags {flags:#04x} are not for a frame of type {kind}")]
    UnknownFlag {
        /// The flags field.
        flags: u8,
        /// The type field.
        kind: u8,
    },
    /// A type that this side may not send.
    #[error("a frame of type {0} does not come from this side")]
    NotAllowed(u8),
    /// A header, payload or call id where FRAME.md has none.
    #[error("a frame of type {0} has a part that it can't have, or a call id out of place")]
    Shape(u8),
    /// The first frame is not a hello, or a second hello came.
    #[error("hello is the first frame, and comes once")]
    Hello,
    /// A header of hello or goaway that does not decode.
    #[error("the header of a frame of type {0} does not decode")]
    Header(u8),
    /// A call id that is in flight or not above all before it.
    #[error("call id {0} is not above every id before it")]
    CallId(u64),
}

impl Prefix {
    /// Reads a prefix that `from` sent to a reader who announced `max_frame_bytes`.
    ///
    /// # Errors
    /// A [`ProtocolError`]; the connection is to be closed.
    #[inline]
    pub fn parse(
        bytes: &[u8; PREFIX_LEN],
        from: Side,
        max_frame_bytes: usize,
    ) -> Result<Self, ProtocolError> {
        let [l0, l1, l2, l3, kind, flags, h0, h1, call_id @ ..] = *bytes;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let header = usize::from(u16::from_le_bytes([h0, h1]));
        if length > max_frame_bytes {
            let limit = max_frame_bytes;
            return Err(ProtocolError::TooLong { length, limit });
        }
        let prefix = Self {
            kind: FrameType::from_number(kind).ok_or(ProtocolError::UnknownType(kind))?,
            more: flags == FLAG_MORE,
            header_len: header,
            payload_len: length
                .checked_sub(COUNTED_PREFIX + header)
                .ok_or(ProtocolError::TooShort { length, header })?,
            call_id: u64::from_le_bytes(call_id),
        };
        prefix.check_flags(flags)?;
        prefix.check_sender(from)?;
        prefix.check_shape()?;
        Ok(prefix)
    }

    /// Writes the 16 bytes.
    ///
    /// The caller keeps `header_len` under 65,536 and the whole under 4 GiB, as the limits of the contract do.
    #[inline]
    pub fn to_bytes(self) -> [u8; PREFIX_LEN] {
        let length = COUNTED_PREFIX + self.header_len + self.payload_len;
        let [l0, l1, l2, l3, ..] = length.to_le_bytes();
        let [h0, h1, ..] = self.header_len.to_le_bytes();
        let [i0, i1, i2, i3, i4, i5, i6, i7] = self.call_id.to_le_bytes();
        let flags = if self.more { FLAG_MORE } else { 0 };
        let kind = self.kind.number();
        [
            l0, l1, l2, l3, kind, flags, h0, h1, i0, i1, i2, i3, i4, i5, i6, i7,
        ]
    }

    /// Bytes of the whole frame, this prefix included.
    pub fn frame_len(&self) -> usize {
        PREFIX_LEN + self.header_len + self.payload_len
    }

    fn check_flags(&self, flags: u8) -> Result<(), ProtocolError> {
        let may_go_on = matches!(self.kind, FrameType::Call | FrameType::Reply);
        let kind = self.kind.number();
        match flags {
            0 => Ok(()),
            FLAG_MORE if may_go_on => Ok(()),
            _ => Err(ProtocolError::UnknownFlag { flags, kind }),
        }
    }

    fn check_sender(&self, from: Side) -> Result<(), ProtocolError> {
        let only = match self.kind {
            FrameType::Call | FrameType::Cancel => Side::Client,
            FrameType::Reply => Side::Worker,
            _ => return Ok(()),
        };
        if from == only {
            return Ok(());
        }
        Err(ProtocolError::NotAllowed(self.kind.number()))
    }

    fn check_shape(&self) -> Result<(), ProtocolError> {
        let fits = match self.kind {
            FrameType::Call | FrameType::Reply => self.call_id != 0,
            FrameType::Cancel => self.call_id != 0 && self.header_len + self.payload_len == 0,
            FrameType::Ping | FrameType::Pong => {
                self.header_len == 0 && self.payload_len <= MAX_PING_BYTES
            }
            FrameType::Hello | FrameType::Goaway => self.call_id == 0 && self.payload_len == 0,
        };
        if fits {
            return Ok(());
        }
        Err(ProtocolError::Shape(self.kind.number()))
    }
}

/// Payload bytes that fit a frame whose header takes `header_len`, for a reader of `max_frame_bytes`.
pub fn payload_room(header_len: usize, max_frame_bytes: usize) -> usize {
    max_frame_bytes.saturating_sub(COUNTED_PREFIX + header_len)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 262_144;

    fn call(more: bool, header_len: usize, payload_len: usize) -> Prefix {
        Prefix {
            kind: FrameType::Call,
            more,
            header_len,
            payload_len,
            call_id: 7,
        }
    }

    #[test]
    fn a_prefix_reads_back_as_it_was_written() {
        for prefix in [
            call(false, 20, 64),
            call(true, 0, 262_132),
            call(false, 0, 0),
        ] {
            let bytes = prefix.to_bytes();
            assert_eq!(Prefix::parse(&bytes, Side::Client, LIMIT), Ok(prefix));
        }
    }

    #[test]
    fn the_bytes_stand_where_frame_md_says() {
        let bytes = call(true, 0x0102, 0).to_bytes();
        assert_eq!(bytes, [14, 1, 0, 0, 2, 1, 2, 1, 7, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_frame_that_breaks_a_rule_is_refused_by_name() {
        let good = call(false, 0, 0).to_bytes();
        let with = |at: usize, value: u8| {
            let mut bytes = good;
            bytes[at] = value;
            bytes
        };
        let (length, header) = (12, 1);
        let cases = [
            (with(6, 1), ProtocolError::TooShort { length, header }),
            (
                with(2, 5),
                ProtocolError::TooLong {
                    length: 327_692,
                    limit: LIMIT,
                },
            ),
            (with(4, 0), ProtocolError::UnknownType(0)),
            (with(4, 8), ProtocolError::UnknownType(8)),
            (with(5, 2), ProtocolError::UnknownFlag { flags: 2, kind: 2 }),
            (with(4, 3), ProtocolError::NotAllowed(3)),
            (with(8, 0), ProtocolError::Shape(2)),
            (with(4, 1), ProtocolError::Shape(1)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(
                Prefix::parse(&bytes, Side::Client, LIMIT),
                Err(expected),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn only_calls_and_replies_go_on() {
        let mut bytes = call(true, 0, 0).to_bytes();
        bytes[4] = FrameType::Ping.number();
        let error = Prefix::parse(&bytes, Side::Client, LIMIT);
        assert_eq!(error, Err(ProtocolError::UnknownFlag { flags: 1, kind: 5 }));
    }

    #[test]
    fn any_sixteen_bytes_are_read_without_a_panic() {
        let mut state = 1u64;
        for _ in 0..100_000 {
            let mut bytes = [0; PREFIX_LEN];
            for byte in &mut bytes {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                *byte = (state >> 56) as u8 & 0x0f;
            }
            if let Ok(prefix) = Prefix::parse(&bytes, Side::Client, LIMIT) {
                assert!(prefix.frame_len() <= LIMIT + 4);
                assert_eq!(prefix.to_bytes(), bytes);
            }
        }
    }
}
