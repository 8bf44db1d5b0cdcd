//! The client's messages: what stands in their field `frame`, one after the other, is the client's byte stream.

use bytes::{Buf, Bytes};
use sidecar_wire::lists::Reason;
use sidecar_wire::status::Failure;

use crate::channel::grpc::message::{PREFIX_LEN, message_len};

/// Bytes of frames in a message at most, or of one frame where that is longer (protos/FRAME.md, "Over gRPC").
pub(super) const MAX_FRAMES_BYTES: usize = 1024 * 1024;

/// Bytes that stand before the frames in a message at most: key and length of the field.
const FIELD_ROOM: usize = 1 + 10;

/// Key of the field `frame` of `wire.v1.Frame`: number 1, length-delimited.
pub(super) const FRAME_KEY: u8 = 1 << 3 | 2;

/// Bits of a number that each byte of a varint carries.
const VARINT_BITS: u32 = 7;

/// Takes messages apart as their bytes come. No message is kept: its frames go on at once.
#[derive(Debug, Default)]
pub(super) struct Messages {
    chunk: Bytes,
    /// Bytes of the open message that are still to come.
    left: usize,
    part: Part,
    /// The open message has had its field `frame`.
    framed: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// The five bytes before a message.
    Prefix {
        bytes: [u8; PREFIX_LEN],
        have: usize,
    },
    /// The key of a field.
    Key(Varint),
    /// The length of a field; `wanted` is the field `frame`.
    Length { number: Varint, wanted: bool },
    /// A number that nobody here knows.
    Number(Varint),
    /// So many bytes of frames.
    Frames(usize),
    /// So many bytes that nobody here knows.
    Skip(usize),
}

/// A number of protobuf as far as it has come.
#[derive(Clone, Copy, Debug, Default)]
struct Varint {
    value: u64,
    bits: u32,
}

impl Default for Part {
    fn default() -> Self {
        Self::Prefix {
            bytes: [0; PREFIX_LEN],
            have: 0,
        }
    }
}

impl Messages {
    /// True when there are bytes that [`Messages::copy_to`] has not seen.
    pub(super) fn has_bytes(&self) -> bool {
        self.chunk.has_remaining()
    }

    /// Takes the next bytes of the body; there must be none left.
    pub(super) fn put(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// The body is at its end.
    ///
    /// # Errors
    /// When that is inside a message.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self.part {
            Part::Prefix { have: 0, .. } => Ok(()),
            _ => Err(malformed("the stream ended inside a message")),
        }
    }

    /// Copies bytes of frames until `out` is full or the bytes in hand are used up.
    ///
    /// # Errors
    /// When a message is none, is compressed or is too long: the stream can't go on.
    pub(super) fn copy_to(&mut self, out: &mut [u8]) -> Result<usize, Failure> {
        let mut filled = 0;
        while self.has_bytes() && filled < out.len() {
            match self.part {
                Part::Frames(count) => {
                    let part = count.min(self.chunk.len()).min(out.len() - filled);
                    out[filled..filled + part].copy_from_slice(&self.chunk[..part]);
                    filled += part;
                    self.pass(part, Part::Frames(count - part));
                }
                Part::Skip(count) => {
                    let part = count.min(self.chunk.len());
                    self.pass(part, Part::Skip(count - part));
                }
                _ => self.step()?,
            }
        }
        Ok(filled)
    }

    /// Leaves `count` bytes behind.
    fn pass(&mut self, count: usize, rest: Part) {
        self.chunk.advance(count);
        self.left -= count;
        self.part = match rest {
            Part::Frames(0) | Part::Skip(0) => self.next_field(),
            _ => rest,
        };
    }

    /// Another field, or another message where this one is at its end.
    fn next_field(&self) -> Part {
        match self.left {
            0 => Part::default(),
            _ => Part::Key(Varint::default()),
        }
    }

    /// Takes one byte of what stands between the frames.
    fn step(&mut self) -> Result<(), Failure> {
        let byte = self.chunk.get_u8();
        if let Part::Prefix { mut bytes, have } = self.part {
            bytes[have] = byte;
            return self.prefix(bytes, have + 1);
        }
        self.left -= 1;
        self.part = match self.part {
            Part::Key(key) => match key.add(byte)? {
                (key, true) => self.field(key.value)?,
                (key, false) => self.unfinished(Part::Key(key))?,
            },
            Part::Length { number, wanted } => match number.add(byte)? {
                (number, true) => self.value(number.value, wanted)?,
                (number, false) => self.unfinished(Part::Length { number, wanted })?,
            },
            Part::Number(number) => match number.add(byte)? {
                (_, true) => self.next_field(),
                (number, false) => self.unfinished(Part::Number(number))?,
            },
            other => other,
        };
        Ok(())
    }

    fn prefix(&mut self, bytes: [u8; PREFIX_LEN], have: usize) -> Result<(), Failure> {
        if have < PREFIX_LEN {
            self.part = Part::Prefix { bytes, have };
            return Ok(());
        }
        self.left = message_len(bytes)?;
        if self.left > MAX_FRAMES_BYTES + FIELD_ROOM {
            return Err(malformed("a message holds more than 1 MiB of frames"));
        }
        self.framed = false;
        self.part = self.next_field();
        Ok(())
    }

    fn field(&mut self, key: u64) -> Result<Part, Failure> {
        const WIRE_TYPE: u64 = 7;
        let number = Varint::default();
        if key == u64::from(FRAME_KEY) {
            if std::mem::replace(&mut self.framed, true) {
                return Err(malformed("a message has its field `frame` twice"));
            }
            return self.unfinished(Part::Length {
                number,
                wanted: true,
            });
        }
        // Fields that a later minor of the contract may have.
        match key & WIRE_TYPE {
            0 => self.unfinished(Part::Number(number)),
            1 => self.skip(8),
            2 => self.unfinished(Part::Length {
                number,
                wanted: false,
            }),
            5 => self.skip(4),
            _ => Err(malformed("a message is no wire.v1.Frame")),
        }
    }

    fn value(&self, length: u64, wanted: bool) -> Result<Part, Failure> {
        let length = self.within(length)?;
        Ok(match (length, wanted) {
            (0, _) => self.next_field(),
            (length, true) => Part::Frames(length),
            (length, false) => Part::Skip(length),
        })
    }

    fn skip(&self, length: u64) -> Result<Part, Failure> {
        self.within(length).map(Part::Skip)
    }

    fn within(&self, length: u64) -> Result<usize, Failure> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.left {
            return Err(malformed("a field goes past the end of its message"));
        }
        Ok(length)
    }

    /// `part`, of which more bytes of the same message must come.
    fn unfinished(&self, part: Part) -> Result<Part, Failure> {
        match self.left {
            0 => Err(malformed("a message ends inside a field")),
            _ => Ok(part),
        }
    }
}

impl Varint {
    /// The number with one more byte, and whether that was its last.
    fn add(self, byte: u8) -> Result<(Self, bool), Failure> {
        if self.bits > 63 {
            return Err(malformed("a number of a message takes over ten bytes"));
        }
        let value = self.value | u64::from(byte & 0x7f) << self.bits;
        let bits = self.bits + VARINT_BITS;
        Ok((Self { value, bits }, byte < 0x80))
    }
}

fn malformed(text: &'static str) -> Failure {
    Failure::new(Reason::MalformedPayload, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that comes out when the bytes come `step` at a time and go out `room` at a time.
    fn read(body: &[u8], step: usize, room: usize) -> Result<Vec<u8>, Failure> {
        let (mut messages, mut out) = (Messages::default(), Vec::new());
        for chunk in body.chunks(step) {
            messages.put(Bytes::copy_from_slice(chunk));
            while messages.has_bytes() {
                let mut buffer = vec![0; room];
                let filled = messages.copy_to(&mut buffer)?;
                out.extend_from_slice(&buffer[..filled]);
            }
        }
        messages.end().map(|()| out)
    }

    fn message(fields: &[u8]) -> Vec<u8> {
        let length = u32::try_from(fields.len()).expect("small");
        [&[0][..], &length.to_be_bytes(), fields].concat()
    }

    #[test]
    fn frames_come_out_in_order_whatever_the_pieces() {
        let long = [&[0x0a, 0x80, 0x04][..], &[7; 512]].concat();
        let body = [
            message(b"\x0a\x03abc"),
            message(b""),
            message(b"\x0a\x00"),
            message(&long),
            // Fields of a later minor: a number, eight bytes, a text, four bytes.
            message(b"\x10\x96\x01\x19\0\0\0\0\0\0\0\0\x0a\x02de\x22\x01x\x2d\0\0\0\0"),
        ]
        .concat();
        let expected = [&b"abc"[..], &[7; 512], b"de"].concat();
        for step in [1, 2, 3, 7, 100, 10_000] {
            for room in [1, 5, 1000] {
                assert_eq!(
                    read(&body, step, room),
                    Ok(expected.clone()),
                    "{step} {room}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_message_is_refused_by_its_reason() {
        let cases: [(&str, Vec<u8>, Reason); 11] = [
            ("flag 2", vec![2, 0, 0, 0, 0], Reason::MalformedPayload),
            ("compressed", vec![1, 0, 0, 0, 0], Reason::UnknownCodec),
            (
                "4 GiB",
                vec![0, 255, 255, 255, 255],
                Reason::MalformedPayload,
            ),
            ("half a prefix", vec![0, 0, 0], Reason::MalformedPayload),
            (
                "half a message",
                message(b"\x0a\x03abc")[..8].to_vec(),
                Reason::MalformedPayload,
            ),
            (
                "a length past the end",
                message(b"\x0a\x04abc"),
                Reason::MalformedPayload,
            ),
            (
                "an end inside a key",
                message(b"\x80"),
                Reason::MalformedPayload,
            ),
            (
                "an end inside a length",
                message(b"\x0a\x80"),
                Reason::MalformedPayload,
            ),
            ("a group", message(b"\x0b\x00"), Reason::MalformedPayload),
            (
                "an endless number",
                message(&[0xff; 20]),
                Reason::MalformedPayload,
            ),
            (
                "two frame fields",
                message(b"\x0a\x01a\x0a\x01b"),
                Reason::MalformedPayload,
            ),
        ];
        for (name, body, expected) in cases {
            for step in [1, 100] {
                let refused = read(&body, step, 10).expect_err(name);
                assert_eq!(refused.reason, expected, "{name}");
            }
        }
    }
}
