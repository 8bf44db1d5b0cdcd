//! What waits to be written on one connection, in the order that lets small replies pass large ones.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::Bytes;
use sidecar_wire::Message;
use sidecar_wire::frame::{PREFIX_LEN, Prefix, payload_room};
use sidecar_wire::lists::{Codec, FrameType, MAX_FRAME_BYTES};
use sidecar_wire::wire_v1::Receipt;

/// Up to here a payload is copied behind its header; above, it is written from where it is.
const COPY_UP_TO: usize = 16 * 1024;

/// A receipt's header takes at most its text and a few hundred bytes.
const HEADER_ROOM: usize = 2048;

/// Pieces of one write: the rest of an open frame, or small frames and the next frame of a large reply.
const MAX_SLICES: usize = 3;

/// Frames that wait. Small ones stand back to back; large replies go out frame by frame, in turn.
#[derive(Debug)]
pub(in crate::channel) struct Outgoing {
    small: Vec<u8>,
    small_sent: usize,
    large: VecDeque<LargeReply>,
    large_unsent: usize,
    /// The first large reply has a frame that is written in part, so nothing may come between.
    open: bool,
    max_frame_bytes: usize,
}

/// A reply whose payload is written without a copy.
#[derive(Debug)]
struct LargeReply {
    call_id: u64,
    /// Prefix and header of the frame that comes next.
    head: Vec<u8>,
    head_sent: usize,
    payload: Bytes,
    sent: usize,
    /// Where the frame that comes next ends in the payload.
    frame_end: usize,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            small: Vec::new(),
            small_sent: 0,
            large: VecDeque::new(),
            large_unsent: 0,
            open: false,
            max_frame_bytes: MAX_FRAME_BYTES,
        }
    }

    /// Cuts replies to what the peer announced.
    pub(super) fn set_max_frame_bytes(&mut self, max_frame_bytes: usize) {
        self.max_frame_bytes = max_frame_bytes;
    }

    /// Bytes that wait.
    pub(in crate::channel) fn unsent(&self) -> usize {
        self.small.len() - self.small_sent + self.large_unsent
    }

    /// Takes whole frames and leaves an empty buffer for the next ones.
    pub(super) fn push_frames(&mut self, frames: &mut Vec<u8>) {
        if self.small.is_empty() {
            std::mem::swap(&mut self.small, frames);
            return;
        }
        self.small.extend_from_slice(frames);
        frames.clear();
    }

    /// True when a reply of that size is to be copied behind its header.
    pub(super) fn copies(&self, payload_len: usize) -> bool {
        is_copied(payload_len, self.max_frame_bytes)
    }

    /// Takes a reply that is copied.
    pub(super) fn push_small(&mut self, call_id: u64, receipt: &Receipt<'_>, payload: &[u8]) {
        append_reply(&mut self.small, call_id, receipt, payload);
    }

    /// Takes a reply that is written from where it is.
    pub(super) fn push_large(&mut self, call_id: u64, receipt: &Receipt<'_>, payload: Bytes) {
        let mut reply = LargeReply {
            call_id,
            head: Vec::with_capacity(2 * PREFIX_LEN + 64),
            head_sent: 0,
            payload,
            sent: 0,
            frame_end: 0,
        };
        reply.begin_frame(Some(receipt), self.max_frame_bytes);
        self.large_unsent += reply.unsent();
        self.large.push_back(reply);
    }

    /// Writes once, as much as `write` takes, and says how much that was.
    pub(in crate::channel) fn write(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let used = self.slices(&mut slices);
        let written = write(&slices[..used])?;
        self.advance(written);
        Ok(written)
    }

    fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>; MAX_SLICES]) -> usize {
        let mut used = 0;
        let mut add = |bytes: &'a [u8]| {
            if !bytes.is_empty() {
                slices[used] = IoSlice::new(bytes);
                used += 1;
            }
        };
        if !self.open {
            add(&self.small[self.small_sent..]);
        }
        if let Some(reply) = self.large.front() {
            add(&reply.head[reply.head_sent..]);
            add(&reply.payload[reply.sent..reply.frame_end]);
        }
        used
    }

    /// Takes whole frames of `limit` bytes together at most, or one frame where that is longer. Gives the first piece,
    /// with `room` zeros in front, and puts the other pieces behind `rest`.
    pub(in crate::channel) fn take_frames(
        &mut self,
        room: usize,
        limit: usize,
        rest: &mut VecDeque<Bytes>,
    ) -> Vec<u8> {
        let waiting = &self.small[self.small_sent..];
        let mut taken = whole_frames(waiting, limit);
        let mut first = Vec::with_capacity(room + taken + HEADER_ROOM);
        first.resize(room, 0);
        first.extend_from_slice(&waiting[..taken]);
        self.advance(taken);
        while let Some(reply) = self.large.front() {
            let frame_len = reply.frame_len();
            if taken > 0 && taken + frame_len > limit {
                break;
            }
            if rest.is_empty() {
                first.extend_from_slice(&reply.head);
            } else {
                rest.push_back(Bytes::copy_from_slice(&reply.head));
            }
            rest.push_back(reply.payload.slice(reply.sent..reply.frame_end));
            self.advance_large(frame_len);
            taken += frame_len;
        }
        first
    }

    fn advance(&mut self, mut written: usize) {
        if !self.open {
            let small = written.min(self.small.len() - self.small_sent);
            self.small_sent += small;
            written -= small;
            if self.small_sent == self.small.len() {
                self.small.clear();
                self.small_sent = 0;
            }
        }
        if written > 0 {
            self.advance_large(written);
        }
    }

    fn advance_large(&mut self, written: usize) {
        let Some(reply) = self.large.front_mut() else {
            return;
        };
        self.large_unsent -= written;
        let head = written.min(reply.head.len() - reply.head_sent);
        reply.head_sent += head;
        reply.sent += written - head;
        self.open = reply.head_sent < reply.head.len() || reply.sent < reply.frame_end;
        if !self.open {
            self.end_frame();
        }
    }

    /// Puts the first large reply behind the others, or away when it is whole.
    fn end_frame(&mut self) {
        let Some(mut reply) = self.large.pop_front() else {
            return;
        };
        if reply.sent < reply.payload.len() {
            reply.begin_frame(None, self.max_frame_bytes);
            self.large_unsent += reply.head.len();
            self.large.push_back(reply);
        }
    }
}

impl LargeReply {
    fn begin_frame(&mut self, receipt: Option<&Receipt<'_>>, max_frame_bytes: usize) {
        self.head.clear();
        self.head.extend_from_slice(&[0; PREFIX_LEN]);
        if let Some(receipt) = receipt {
            receipt.encode(Codec::Msgpack, &mut self.head);
        }
        self.head_sent = 0;
        let header_len = self.head.len() - PREFIX_LEN;
        let left = self.payload.len() - self.sent;
        let payload_len = left.min(payload_room(header_len, max_frame_bytes));
        self.frame_end = self.sent + payload_len;
        let prefix = Prefix {
            kind: FrameType::Reply,
            more: payload_len < left,
            header_len,
            payload_len,
            call_id: self.call_id,
        };
        self.head[..PREFIX_LEN].copy_from_slice(&prefix.to_bytes());
    }

    /// Bytes of the frame that comes next, of which none has been written.
    fn frame_len(&self) -> usize {
        self.head.len() + self.frame_end - self.sent
    }

    /// Bytes that wait, counting the head of the next frame only.
    fn unsent(&self) -> usize {
        self.head.len() + self.payload.len()
    }
}

/// Bytes of the whole frames that stand at the front of `frames` and fit `limit`; of one where the first is longer.
fn whole_frames(frames: &[u8], limit: usize) -> usize {
    if frames.len() <= limit {
        return frames.len();
    }
    let mut end = 0;
    while let Some(next) = frames.get(end..).and_then(frame_len) {
        if end > 0 && end + next > limit {
            break;
        }
        end += next;
    }
    end
}

/// Bytes of the frame at the front of `frames`.
fn frame_len(frames: &[u8]) -> Option<usize> {
    const LENGTH_BYTES: usize = 4;
    let length = frames.first_chunk::<LENGTH_BYTES>()?;
    Some(LENGTH_BYTES + u32::from_le_bytes(*length) as usize)
}

/// True when a reply of that size is copied behind its header, in one frame.
#[inline]
pub(super) fn is_copied(payload_len: usize, max_frame_bytes: usize) -> bool {
    payload_len <= COPY_UP_TO && payload_len <= payload_room(HEADER_ROOM, max_frame_bytes)
}

/// Appends a reply in one frame.
#[inline]
pub(super) fn append_reply(
    frames: &mut Vec<u8>,
    call_id: u64,
    receipt: &Receipt<'_>,
    payload: &[u8],
) {
    let kind = FrameType::Reply;
    append_frame(
        frames,
        kind,
        call_id,
        |out| receipt.encode(Codec::Msgpack, out),
        payload,
    );
}

/// Appends a frame whose header `header` writes.
#[inline]
pub(super) fn append_frame(
    frames: &mut Vec<u8>,
    kind: FrameType,
    call_id: u64,
    header: impl FnOnce(&mut Vec<u8>),
    payload: &[u8],
) {
    let start = frames.len();
    frames.extend_from_slice(&[0; PREFIX_LEN]);
    header(frames);
    let prefix = Prefix {
        kind,
        more: false,
        header_len: frames.len() - start - PREFIX_LEN,
        payload_len: payload.len(),
        call_id,
    };
    frames[start..start + PREFIX_LEN].copy_from_slice(&prefix.to_bytes());
    frames.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use sidecar_wire::frame::Side;

    use super::*;

    fn receipt(total: usize) -> Receipt<'static> {
        Receipt {
            total_bytes: total as u64,
            ..Receipt::default()
        }
    }

    fn push(outgoing: &mut Outgoing, id: u64, payload: Vec<u8>) {
        let receipt = receipt(payload.len());
        if outgoing.copies(payload.len()) {
            outgoing.push_small(id, &receipt, &payload);
        } else {
            outgoing.push_large(id, &receipt, payload.into());
        }
    }

    /// Writes all that waits, `step` bytes at a time.
    fn drain(outgoing: &mut Outgoing, step: usize) -> Vec<u8> {
        let mut wire = Vec::new();
        while outgoing.unsent() > 0 {
            outgoing
                .write(|slices| {
                    let before = wire.len();
                    let bytes = slices.iter().flat_map(|slice| slice.iter());
                    wire.extend(bytes.take(step));
                    Ok(wire.len() - before)
                })
                .expect("written");
        }
        wire
    }

    /// Payload by call, and the call ids in the order of their frames.
    fn read_back(mut wire: &[u8], max_frame_bytes: usize) -> (HashMap<u64, Vec<u8>>, Vec<u64>) {
        let (mut payloads, mut order) = (HashMap::<u64, Vec<u8>>::new(), Vec::new());
        while !wire.is_empty() {
            let head = wire.first_chunk().expect("a whole prefix");
            let prefix = Prefix::parse(head, Side::Worker, max_frame_bytes).expect("a good frame");
            let frame = &wire[..prefix.frame_len()];
            let payload = &frame[PREFIX_LEN + prefix.header_len..];
            payloads.entry(prefix.call_id).or_default().extend(payload);
            order.push(prefix.call_id);
            wire = &wire[prefix.frame_len()..];
        }
        (payloads, order)
    }

    #[test]
    fn replies_of_all_sizes_come_whole_however_they_are_written() {
        for step in [1, 7, 100, 5000, usize::MAX] {
            let mut outgoing = Outgoing::new();
            outgoing.set_max_frame_bytes(4096);
            let sizes = [0, 1, 2000, 5000, 40_000, 3];
            for (id, size) in (1..).zip(sizes) {
                let fill = u8::try_from(id).expect("small");
                push(&mut outgoing, id, vec![fill; size]);
            }
            let (payloads, _) = read_back(&drain(&mut outgoing, step), 4096);
            for (id, size) in (1..).zip(sizes) {
                let fill = u8::try_from(id).expect("small");
                assert_eq!(payloads[&id], vec![fill; size], "call {id}, step {step}");
            }
            assert_eq!(outgoing.unsent(), 0);
        }
    }

    #[test]
    fn a_small_reply_passes_a_large_one_between_its_frames() {
        let mut outgoing = Outgoing::new();
        outgoing.set_max_frame_bytes(4096);
        push(&mut outgoing, 1, vec![1; 20_000]);
        let mut wire = Vec::new();
        outgoing
            .write(|slices| {
                wire.extend_from_slice(&slices[0]);
                Ok(slices[0].len())
            })
            .expect("written");
        push(&mut outgoing, 2, vec![2; 3]);
        wire.extend(drain(&mut outgoing, usize::MAX));
        let (_, order) = read_back(&wire, 4096);
        assert_eq!(order[..3], [1, 2, 1]);
    }

    #[test]
    fn whole_frames_are_taken_up_to_the_limit() {
        const ROOM: usize = 9;
        for limit in [1, 100, 5000, 9000, 1 << 20] {
            let mut outgoing = Outgoing::new();
            outgoing.set_max_frame_bytes(4096);
            let sizes = [0, 1, 2000, 5000, 40_000, 3, 20_000];
            for (id, size) in (1..).zip(sizes) {
                push(&mut outgoing, id, vec![7; size]);
            }
            let mut wire = Vec::new();
            while outgoing.unsent() > 0 {
                let mut rest = VecDeque::new();
                let first = outgoing.take_frames(ROOM, limit, &mut rest);
                assert_eq!(first[..ROOM], [0; ROOM]);
                let pieces = rest.iter().flat_map(|piece| piece.iter());
                let taken: Vec<u8> = first[ROOM..].iter().chain(pieces).copied().collect();
                let (_, order) = read_back(&taken, 4096);
                assert!(taken.len() <= limit || order.len() == 1, "limit {limit}");
                wire.extend(taken);
            }
            let (payloads, _) = read_back(&wire, 4096);
            for (id, size) in (1..).zip(sizes) {
                assert_eq!(payloads[&id].len(), size, "call {id}, limit {limit}");
            }
        }
    }

    #[test]
    fn large_replies_take_turns() {
        let mut outgoing = Outgoing::new();
        outgoing.set_max_frame_bytes(4096);
        push(&mut outgoing, 1, vec![1; 20_000]);
        push(&mut outgoing, 2, vec![2; 20_000]);
        let (_, order) = read_back(&drain(&mut outgoing, usize::MAX), 4096);
        assert_eq!(order[..4], [1, 2, 1, 2]);
    }
}
